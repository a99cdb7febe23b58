//! Which documents are found, in which order, with which scores.

use super::{DIMENSION, Desk, at, at_angle, doc, document, tag, tagged};
use crate::{
    Result,
    ports::{VectorChange, VectorDocument, VectorFilter, VectorQuery},
    types::DocRef,
};

pub(super) async fn orders_by_cosine(mut desk: Desk) -> Result<()> {
    for number in 0..36 {
        desk.put(number, number as f32 * 10.0).await?;
    }
    assert_eq!(desk.near(51.0, 4).await?, [5, 6, 4, 7]);
    assert_eq!(desk.near(51.0, 0).await?, []);
    assert_eq!(desk.near(51.0, usize::MAX).await?.len(), 36);
    let query = VectorQuery { vector: at_angle(51.0), filter: VectorFilter::default(), limit: 36 };
    for hit in desk.collection.nearest(&query).await? {
        let degrees = hit.doc.id.as_u128() as f32 * 10.0 - 51.0;
        assert!((hit.score - degrees.to_radians().cos()).abs() < 1e-5, "{hit:?}");
        assert!((-1.0..=1.0).contains(&hit.score));
        assert_eq!(hit.created_at, at(hit.doc.id.as_u128()));
    }
    Ok(())
}

pub(super) async fn orders_equals_newest_first(mut desk: Desk) -> Result<()> {
    for (number, said) in [(5, 20), (1, 10), (4, 30), (3, 10), (2, 10)] {
        let document = VectorDocument { created_at: at(said), ..document(number, 45.0) };
        desk.change(VectorChange::Upsert(document)).await?;
    }
    desk.put(9, 46.0).await?;
    assert_eq!(desk.near(45.0, 10).await?, [4, 5, 1, 2, 3, 9]);
    assert_eq!(desk.near(45.0, 2).await?, [4, 5]);
    assert_eq!(desk.near(45.0, 4).await?, [4, 5, 1, 2]);
    Ok(())
}

pub(super) async fn scores_as_it_searches(mut desk: Desk) -> Result<()> {
    for number in 1..=8 {
        desk.put(number, number as f32 * 17.0).await?;
    }
    desk.change(VectorChange::Delete(doc(3))).await?;
    let vector = at_angle(77.0);
    let query = VectorQuery { vector: vector.clone(), filter: VectorFilter::default(), limit: 10 };
    let hits = desk.collection.nearest(&query).await?;
    let mut asked: Vec<DocRef> = (0..=9).map(doc).collect();
    asked.reverse();
    asked.push(doc(1));
    let scores = desk.collection.score(&vector, &asked).await?;
    assert_eq!(scores.len(), asked.len(), "one score for each, in the order asked");
    for (doc, score) in asked.iter().zip(scores) {
        let found = hits.iter().find(|hit| hit.doc == *doc).map(|hit| hit.score.to_bits());
        assert_eq!(score.map(f32::to_bits), found, "{doc:?}");
    }
    assert_eq!(desk.collection.score(&vector, &[]).await?, []);
    Ok(())
}

/// What is narrowed, how, and what is then found.
type Narrowing = (&'static str, fn(&mut VectorFilter), &'static [u128]);

pub(super) async fn filters(mut desk: Desk) -> Result<()> {
    let all: [(u128, &[&'static str]); 6] = [
        (1, &["user:a", "role:user"]),
        (2, &["user:a", "role:assistant"]),
        (3, &["user:b", "role:user"]),
        (4, &["user:b", "role:user", "hidden"]),
        (5, &[]),
        (6, &["user:c", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]),
    ];
    for (number, tags) in all {
        desk.change(VectorChange::Upsert(tagged(number, number as f32, tags))).await?;
    }
    // what it was tagged with before counts no more
    desk.change(VectorChange::Upsert(tagged(7, 7.0, &["user:a"]))).await?;
    desk.change(VectorChange::Upsert(tagged(7, 7.0, &["User:a", "11"]))).await?;
    let narrowings: [Narrowing; 14] = [
        ("nothing", |_| (), &[1, 2, 3, 4, 5, 6, 7]),
        ("a tag", |filter| filter.all = vec![vec![tag("user:a")]], &[1, 2]),
        ("either", |filter| filter.all = vec![vec![tag("user:a"), tag("user:c")]], &[1, 2, 6]),
        ("both", |filter| filter.all = vec![vec![tag("user:a")], vec![tag("role:user")]], &[1]),
        ("another case", |filter| filter.all = vec![vec![tag("User:a")]], &[7]),
        ("an unknown tag", |filter| filter.all = vec![vec![tag("user:z")]], &[]),
        ("an unknown tag or another", |filter| filter.all = vec![vec![tag("user:z"), tag("user:b")]], &[3, 4]),
        ("an empty group", |filter| filter.all = vec![vec![tag("user:a")], vec![]], &[]),
        ("not", |filter| filter.none = vec![tag("role:user"), tag("user:z")], &[2, 5, 6, 7]),
        (
            "a tag and not another",
            |filter| (filter.all, filter.none) = (vec![vec![tag("user:b")]], vec![tag("hidden")]),
            &[3],
        ),
        ("one of many tags", |filter| filter.all = vec![vec![tag("11")]], &[6, 7]),
        ("from, inclusive", |filter| filter.from = Some(at(4)), &[4, 5, 6, 7]),
        ("until, exclusive", |filter| filter.until = Some(at(4)), &[1, 2, 3]),
        (
            "all at once",
            |filter| {
                *filter = VectorFilter {
                    all: vec![vec![tag("role:user"), tag("role:assistant")]],
                    none: vec![tag("hidden")],
                    from: Some(at(2)),
                    until: Some(at(9)),
                }
            },
            &[2, 3],
        ),
    ];
    for (name, narrow, numbers) in narrowings {
        let mut query = VectorQuery { vector: at_angle(0.0), filter: VectorFilter::default(), limit: 100 };
        narrow(&mut query.filter);
        assert_eq!(desk.ask(&query).await?, numbers, "filter: {name}, commits {:?}", desk.commits);
        query.limit = 1;
        assert_eq!(desk.ask(&query).await?, numbers[..numbers.len().min(1)], "the best of: {name}");
    }
    desk.change(VectorChange::Delete(doc(6))).await?;
    let filter = VectorFilter { all: vec![vec![tag("11")]], ..VectorFilter::default() };
    assert_eq!(desk.ask(&VectorQuery { vector: at_angle(0.0), filter, limit: 9 }).await?, [7]);
    Ok(())
}

pub(super) async fn knows_zero_vectors(mut desk: Desk) -> Result<()> {
    let zero = VectorDocument { vector: vec![0.0; DIMENSION], ..document(1, 0.0) };
    desk.change(VectorChange::Upsert(zero)).await?;
    desk.put(2, 10.0).await?;
    desk.put(3, 190.0).await?;
    assert_eq!(desk.near(10.0, 10).await?, [2, 1, 3]);
    let nothing = vec![0.0; DIMENSION];
    assert_eq!(desk.collection.score(&nothing, &[doc(1), doc(2)]).await?, [Some(0.0), Some(0.0)]);
    let query = VectorQuery { vector: nothing, filter: VectorFilter::default(), limit: 10 };
    assert_eq!(desk.ask(&query).await?, [3, 2, 1], "all are equal, so the newest come first");
    Ok(())
}
