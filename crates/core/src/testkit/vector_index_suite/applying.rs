//! Changes and positions.

use super::{DIMENSION, Desk, doc, document, tag, tagged};
use crate::{
    ErrorKind, Result,
    ports::{HealthStatus, VectorChange, VectorDocument, VectorEntry, VectorFilter, VectorQuery},
    types::{DocKind, DocRef},
};

pub(super) async fn finds_what_was_applied(mut desk: Desk) -> Result<()> {
    desk.expect(&[]).await?;
    desk.put(1, 10.0).await?;
    desk.expect(&[1]).await?;
    desk.put(2, 50.0).await?;
    desk.expect(&[1, 2]).await?;
    assert_eq!(desk.near(45.0, 1).await?, [2]);
    // the same id of another kind is another document
    let memory = DocRef { kind: DocKind::Memory, ..doc(2) };
    desk.change(VectorChange::Upsert(VectorDocument { doc: memory, ..document(2, 170.0) })).await?;
    desk.expect(&[1, 2, 2]).await?;
    let health = desk.index.check().await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    Ok(())
}

pub(super) async fn applies_once(mut desk: Desk) -> Result<()> {
    let entries = |angles: &[f32]| -> Vec<VectorEntry> {
        let entry = |(seq, &degrees): (u64, &f32)| VectorEntry {
            seq,
            change: VectorChange::Upsert(document(u128::from(seq), degrees)),
        };
        (1_u64..).zip(angles).map(entry).collect()
    };
    desk.collection.apply(entries(&[10.0, 20.0])).await?;
    desk.collection.apply(entries(&[100.0, 110.0, 30.0])).await?;
    assert_eq!(desk.collection.applied().await?, 3);
    assert_eq!(desk.near(0.0, 10).await?, [1, 2, 3], "the first two stay where they were");
    desk.seq = 3;
    desk.put(4, 5.0).await?;
    assert_eq!(desk.near(0.0, 10).await?, [4, 1, 2, 3]);
    Ok(())
}

pub(super) async fn takes_a_snapshot(mut desk: Desk) -> Result<()> {
    let snapshot = |number, degrees| VectorEntry { seq: 0, change: VectorChange::Upsert(document(number, degrees)) };
    desk.collection.apply(vec![snapshot(1, 10.0), snapshot(2, 20.0)]).await?;
    desk.collection.apply(vec![snapshot(2, 20.0)]).await?;
    assert_eq!(desk.collection.applied().await?, 0, "a snapshot does not move the position");
    desk.expect(&[1, 2]).await?;
    desk.collection.resume_at(41).await?;
    assert_eq!(desk.collection.applied().await?, 41);
    desk.collection.apply(vec![VectorEntry { seq: 41, change: VectorChange::Delete(doc(1)) }]).await?;
    desk.seq = 41;
    desk.put(3, 30.0).await?;
    desk.expect(&[1, 2, 3]).await?;
    desk.collection.apply(vec![snapshot(1, 40.0)]).await?;
    assert_eq!(desk.near(0.0, 10).await?, [2, 3, 1], "whatever the position");
    assert_eq!(desk.collection.commit().await?, 42);
    assert_eq!(desk.near(0.0, 10).await?, [2, 3, 1]);
    Ok(())
}

pub(super) async fn replaces_and_deletes(mut desk: Desk) -> Result<()> {
    desk.put(1, 10.0).await?;
    desk.put(2, 20.0).await?;
    desk.put(1, 90.0).await?;
    assert_eq!(desk.near(0.0, 10).await?, [2, 1]);
    desk.change(VectorChange::Delete(doc(2))).await?;
    desk.expect(&[1]).await?;
    desk.change(VectorChange::Delete(doc(99))).await?;
    desk.put(2, 100.0).await?;
    desk.expect(&[1, 2]).await?;
    desk.collection.commit().await?;
    desk.put(3, 5.0).await?;
    desk.put(1, 1.0).await?;
    desk.put(1, 2.0).await?;
    desk.collection.commit().await?;
    assert_eq!(desk.near(0.0, 10).await?, [1, 3, 2]);
    // added, replaced and deleted in one go
    let base = desk.seq;
    let changes = [
        VectorChange::Upsert(document(4, 0.0)),
        VectorChange::Upsert(document(5, 1.0)),
        VectorChange::Delete(doc(4)),
        VectorChange::Upsert(document(5, 3.0)),
        VectorChange::Upsert(document(6, 4.0)),
        VectorChange::Delete(doc(3)),
    ];
    let entries = (base + 1..).zip(changes).map(|(seq, change)| VectorEntry { seq, change }).collect();
    desk.collection.apply(entries).await?;
    assert_eq!(desk.near(0.0, 10).await?, [1, 5, 6, 2]);
    assert_eq!(desk.collection.count().await?, 4);
    Ok(())
}

pub(super) async fn deletes_by_tag(mut desk: Desk) -> Result<()> {
    for (number, tags) in [(1, &["a", "x"][..]), (2, &["a"]), (3, &["b", "x"]), (4, &[])] {
        desk.change(VectorChange::Upsert(tagged(number, number as f32, tags))).await?;
    }
    desk.change(VectorChange::DeleteTagged(tag("a"))).await?;
    desk.expect(&[3, 4]).await?;
    desk.change(VectorChange::DeleteTagged(tag("nobody has it"))).await?;
    desk.change(VectorChange::Upsert(tagged(5, 5.0, &["a"]))).await?;
    desk.expect(&[3, 4, 5]).await?;
    let query = VectorQuery {
        vector: super::at_angle(0.0),
        filter: VectorFilter { all: vec![vec![tag("a")]], ..VectorFilter::default() },
        limit: 10,
    };
    assert_eq!(desk.ask(&query).await?, [5]);
    // a document that lost its tag is spared
    desk.change(VectorChange::Upsert(tagged(3, 3.0, &["b"]))).await?;
    desk.change(VectorChange::DeleteTagged(tag("x"))).await?;
    desk.expect(&[3, 4, 5]).await?;
    desk.collection.commit().await?;
    desk.expect(&[3, 4, 5]).await
}

pub(super) async fn keeps_its_position(mut desk: Desk) -> Result<()> {
    let collection = desk.collection.clone();
    assert_eq!((collection.position().await?, collection.applied().await?), (0, 0));
    desk.put(1, 1.0).await?;
    assert_eq!(collection.applied().await?, 1);
    assert!(collection.position().await? <= 1);
    collection.apply(vec![VectorEntry { seq: 10, change: VectorChange::Delete(doc(9)) }]).await?;
    assert_eq!(collection.applied().await?, 10);
    assert_eq!(collection.commit().await?, 10);
    assert_eq!(collection.commit().await?, 10, "nothing new to commit");
    assert_eq!(collection.position().await?, 10);
    collection.resume_at(12).await?;
    assert_eq!((collection.commit().await?, collection.position().await?), (12, 12));
    collection.resume_at(5).await?;
    assert_eq!(collection.applied().await?, 12, "a position never goes back");
    Ok(())
}

pub(super) async fn refuses_what_does_not_fit(mut desk: Desk) -> Result<()> {
    desk.put(1, 1.0).await?;
    let mut infinite = document(2, 2.0);
    infinite.vector[3] = f32::INFINITY;
    let mut none = document(2, 2.0);
    none.vector[DIMENSION - 1] = f32::NAN;
    let mut short = document(2, 2.0);
    short.vector.pop();
    let mut long = document(2, 2.0);
    long.vector.push(0.0);
    for document in [infinite, none, short, long] {
        let query = VectorQuery { vector: document.vector.clone(), filter: VectorFilter::default(), limit: 1 };
        let change = VectorChange::Upsert(document);
        let good = VectorChange::Upsert(super::document(3, 3.0));
        let entries = vec![VectorEntry { seq: 8, change: good }, VectorEntry { seq: 9, change }];
        for refused in [
            desk.collection.apply(entries).await,
            desk.collection.nearest(&query).await.map(drop),
            desk.collection.score(&query.vector, &[doc(1)]).await.map(drop),
        ] {
            assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Invalid));
        }
    }
    assert_eq!(desk.collection.applied().await?, 1, "nothing is applied of what is refused");
    desk.expect(&[1]).await
}

pub(super) async fn forgets(mut desk: Desk) -> Result<()> {
    desk.change(VectorChange::Upsert(tagged(1, 1.0, &["a"]))).await?;
    desk.put(2, 2.0).await?;
    desk.collection.clear().await?;
    desk.expect(&[]).await?;
    assert_eq!((desk.collection.position().await?, desk.collection.applied().await?), (0, 0));
    desk.seq = 0;
    desk.put(1, 7.0).await?;
    desk.expect(&[1]).await?;
    assert_eq!(desk.collection.commit().await?, 1);
    desk.expect(&[1]).await
}
