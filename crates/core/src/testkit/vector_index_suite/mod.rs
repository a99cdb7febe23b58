//! What every [`VectorIndex`] must do.

mod applying;
mod collections;
mod finding;

use std::{f32::consts::TAU, sync::Arc};
use uuid::Uuid;

use crate::{
    Result, Timestamp,
    ports::{
        CollectionSpec, EmbeddingModel, Tag, VectorChange, VectorCollection, VectorDocument, VectorEntry, VectorFilter,
        VectorIndex, VectorQuery,
    },
    types::{DocKind, DocRef, OutboxSeq},
};

/// Runs every check on indexes that `open` makes, each new and empty. Panics, naming the check, where one fails.
///
/// Each check of a collection runs without commits, with one after each change, and after each second: nobody may notice
/// the difference.
pub async fn vector_index_suite<F: AsyncFn() -> Result<Arc<dyn VectorIndex>>>(open: F) -> Result<()> {
    for commits in [Commits::Never, Commits::Always, Commits::EverySecond] {
        let fresh = async || Desk::new(open().await?, commits).await;
        applying::finds_what_was_applied(fresh().await?).await?;
        applying::applies_once(fresh().await?).await?;
        applying::takes_a_snapshot(fresh().await?).await?;
        applying::replaces_and_deletes(fresh().await?).await?;
        applying::deletes_by_tag(fresh().await?).await?;
        applying::keeps_its_position(fresh().await?).await?;
        applying::refuses_what_does_not_fit(fresh().await?).await?;
        applying::forgets(fresh().await?).await?;
        finding::orders_by_cosine(fresh().await?).await?;
        finding::orders_equals_newest_first(fresh().await?).await?;
        finding::scores_as_it_searches(fresh().await?).await?;
        finding::filters(fresh().await?).await?;
        finding::knows_zero_vectors(fresh().await?).await?;
    }
    collections::are_kept_apart(&*open().await?).await?;
    collections::are_the_same_when_opened_again(&*open().await?).await?;
    collections::start_empty_for_another_model(&*open().await?).await?;
    collections::can_be_removed(&*open().await?).await?;
    collections::have_proper_names(&*open().await?).await?;
    Ok(())
}

/// When the checks commit.
#[derive(Clone, Copy, Debug)]
enum Commits {
    Never,
    Always,
    EverySecond,
}

const DIMENSION: usize = 24;

fn spec(name: &str, model: &str) -> CollectionSpec {
    CollectionSpec { name: name.to_owned(), model: EmbeddingModel { id: model.to_owned(), dimension: DIMENSION } }
}

/// A collection and the order of its changes. Documents have numbers, and lie at angles on a circle.
struct Desk {
    index: Arc<dyn VectorIndex>,
    collection: Arc<dyn VectorCollection>,
    commits: Commits,
    seq: OutboxSeq,
}

impl Desk {
    async fn new(index: Arc<dyn VectorIndex>, commits: Commits) -> Result<Self> {
        let collection = index.open(spec("desk", "m")).await?;
        Ok(Self { index, collection, commits, seq: 0 })
    }

    async fn change(&mut self, change: VectorChange) -> Result<()> {
        self.seq += 1;
        self.collection.apply(vec![VectorEntry { seq: self.seq, change }]).await?;
        let commit = match self.commits {
            Commits::Never => false,
            Commits::Always => true,
            Commits::EverySecond => self.seq.is_multiple_of(2),
        };
        if commit {
            assert_eq!(self.collection.commit().await?, self.seq, "a commit takes all that was applied");
        }
        Ok(())
    }

    async fn put(&mut self, number: u128, degrees: f32) -> Result<()> {
        self.change(VectorChange::Upsert(document(number, degrees))).await
    }

    /// Numbers of what is nearest to an angle, best first.
    async fn near(&self, degrees: f32, limit: usize) -> Result<Vec<u128>> {
        self.ask(&VectorQuery { vector: at_angle(degrees), filter: VectorFilter::default(), limit }).await
    }

    async fn ask(&self, query: &VectorQuery) -> Result<Vec<u128>> {
        Ok(self.collection.nearest(query).await?.into_iter().map(|hit| hit.doc.id.as_u128()).collect())
    }

    /// What is found, near or far, in ascending order.
    async fn expect(&self, numbers: &[u128]) -> Result<()> {
        let mut found = self.near(0.0, 1_000).await?;
        found.sort_unstable();
        assert_eq!(found, numbers, "with commits {:?}", self.commits);
        assert_eq!(self.collection.count().await?, numbers.len() as u64);
        Ok(())
    }
}

fn doc(number: u128) -> DocRef {
    DocRef { kind: DocKind::Message, id: Uuid::from_u128(number) }
}

fn at(number: u128) -> Timestamp {
    Timestamp::from_micros(1_795_248_000_000_000 + number as i64 * 1_000_000)
}

/// A vector of length 1 in a plane that touches all dimensions.
fn at_angle(degrees: f32) -> Vec<f32> {
    let (sin, cos) = (degrees / 360.0 * TAU).sin_cos();
    let each = ((DIMENSION / 2) as f32).sqrt();
    (0..DIMENSION).map(|number| if number % 2 == 0 { cos / each } else { sin / each }).collect()
}

/// Said at the moment of its number, with no tags.
fn document(number: u128, degrees: f32) -> VectorDocument {
    VectorDocument { doc: doc(number), vector: at_angle(degrees), tags: Vec::new(), created_at: at(number) }
}

fn tagged(number: u128, degrees: f32, tags: &[&'static str]) -> VectorDocument {
    VectorDocument { tags: tags.iter().copied().map(tag).collect(), ..document(number, degrees) }
}

fn tag(name: &'static str) -> Tag {
    Tag(name.into())
}
