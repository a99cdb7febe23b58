//! Collections among each other.

use std::sync::Arc;

use super::{DIMENSION, at_angle, doc, document, spec};
use crate::{
    ErrorKind, Result,
    ports::{
        CollectionSpec, EmbeddingModel, VectorChange, VectorCollection, VectorEntry, VectorFilter, VectorIndex,
        VectorQuery,
    },
};

async fn put(collection: &dyn VectorCollection, seq: u64, degrees: f32) -> Result<()> {
    let change = VectorChange::Upsert(document(u128::from(seq), degrees));
    collection.apply(vec![VectorEntry { seq, change }]).await
}

pub(super) async fn are_kept_apart(index: &dyn VectorIndex) -> Result<()> {
    assert_eq!(index.names().await?, Vec::<String>::new());
    let one = index.open(spec("messages", "m")).await?;
    let other = index.open(spec("Memories-2_x", "m")).await?;
    put(&*one, 1, 1.0).await?;
    put(&*other, 2, 2.0).await?;
    put(&*other, 3, 3.0).await?;
    assert_eq!((one.count().await?, other.count().await?), (1, 2));
    assert_eq!(other.score(&at_angle(0.0), &[doc(1)]).await?, [None]);
    one.clear().await?;
    assert_eq!((one.count().await?, other.count().await?), (0, 2));
    assert_eq!(index.names().await?, ["Memories-2_x", "messages"]);
    Ok(())
}

pub(super) async fn are_the_same_when_opened_again(index: &dyn VectorIndex) -> Result<()> {
    let one = index.open(spec("same", "m")).await?;
    put(&*one, 1, 1.0).await?;
    let again = index.open(spec("same", "m")).await?;
    assert_eq!(again.spec(), &spec("same", "m"));
    assert_eq!((again.count().await?, again.applied().await?), (1, 1));
    put(&*again, 2, 2.0).await?;
    assert_eq!(one.count().await?, 2);
    Ok(())
}

pub(super) async fn start_empty_for_another_model(index: &dyn VectorIndex) -> Result<()> {
    let one = index.open(spec("c", "m")).await?;
    put(&*one, 1, 1.0).await?;
    one.commit().await?;
    let other = index.open(spec("c", "another")).await?;
    assert_eq!((other.count().await?, other.position().await?, other.applied().await?), (0, 0, 0));
    put(&*other, 1, 1.0).await?;
    other.commit().await?;
    let model = EmbeddingModel { id: "another".to_owned(), dimension: DIMENSION + 1 };
    let wider = index.open(CollectionSpec { name: "c".to_owned(), model }).await?;
    assert_eq!(wider.count().await?, 0);
    assert_eq!(index.names().await?, ["c"]);
    Ok(())
}

pub(super) async fn can_be_removed(index: &dyn VectorIndex) -> Result<()> {
    let held = index.open(spec("gone", "m")).await?;
    put(&*held, 1, 1.0).await?;
    held.commit().await?;
    index.remove("gone").await?;
    index.remove("gone").await?;
    index.remove("was never there").await?;
    index.remove("../gone").await?;
    assert_eq!(index.names().await?, Vec::<String>::new());
    let query = VectorQuery { vector: at_angle(0.0), filter: VectorFilter::default(), limit: 1 };
    for refused in [
        put(&*held, 2, 2.0).await,
        held.nearest(&query).await.map(drop),
        held.score(&query.vector, &[]).await.map(drop),
        held.count().await.map(drop),
        held.commit().await.map(drop),
        held.position().await.map(drop),
        held.applied().await.map(drop),
        held.resume_at(3).await,
        held.clear().await,
    ] {
        assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::NotFound));
    }
    let anew: Arc<dyn VectorCollection> = index.open(spec("gone", "m")).await?;
    assert_eq!((anew.count().await?, anew.position().await?), (0, 0));
    Ok(())
}

pub(super) async fn have_proper_names(index: &dyn VectorIndex) -> Result<()> {
    for name in ["", ".", "..", "a/b", "a.b", "é", " ", &"x".repeat(65)] {
        let refused = index.open(spec(name, "m")).await.map(drop).map_err(|error| error.kind());
        assert_eq!(refused, Err(ErrorKind::Invalid), "{name:?}");
    }
    index.open(spec(&"x".repeat(64), "m")).await?;
    let model = EmbeddingModel { id: "m".to_owned(), dimension: 0 };
    let refused = index.open(CollectionSpec { name: "zero".to_owned(), model }).await;
    assert_eq!(refused.map(drop).map_err(|error| error.kind()), Err(ErrorKind::Invalid));
    Ok(())
}
