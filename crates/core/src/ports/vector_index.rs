use async_trait::async_trait;
use std::{borrow::Cow, fmt::Debug, sync::Arc};

use crate::{
    Error, Result, Timestamp,
    ports::{EmbeddingModel, Health},
    types::{DocRef, OutboxSeq},
};

/// Vectors, kept in collections. Derived data: losing it loses nothing. One index may be shared by all nodes: then each
/// follows the store, and a change is applied by the first that comes to it.
///
/// Contract: a collection is made by its first [`VectorIndex::open`]; one that is damaged, or was made for another model,
/// is set aside and starts empty at position 0. Removing what is not there is no error.
#[async_trait]
pub trait VectorIndex: Send + Sync + Debug {
    /// Really asks the index.
    async fn check(&self) -> Health;

    /// Opens a collection, making it when it is not there. Opening it again answers the same one.
    async fn open(&self, spec: CollectionSpec) -> Result<Arc<dyn VectorCollection>>;

    /// Removes a collection and its files; handles that are still held answer `NotFound`.
    async fn remove(&self, name: &str) -> Result<()>;

    /// Removes the copies of damaged collections that were set aside, and what was deleted where a commit does not.
    async fn scrub(&self) -> Result<()>;

    /// The collections there are, in alphabetical order.
    async fn names(&self) -> Result<Vec<String>>;
}

/// One collection of vectors.
///
/// Contract:
/// - Scores are cosines, from -1 to 1, computed exactly in f32 for every hit answered; a zero vector has cosine 0 with
///   everything. Equal scores are ordered newest first, then by document.
/// - `apply` takes entries in ascending order; entries at or below the position already applied are ignored, so applying
///   twice is the same as once. When it returns, searches see the change. Entries with `seq` 0 come from a snapshot: they
///   are applied whatever the position, and do not move it.
/// - `position` is what would survive a crash now; it never runs ahead of the vectors.
/// - What was deleted is in no file any more after the next commit that follows the deletion; on a database server after the
///   next [`VectorIndex::scrub`], and out of that server's log and backups when its operator lets them go.
/// - Which documents are nearest is exact, or, where very many pass the filter, so nearly that hardly any is missed.
/// - On a full disk changes answer `StorageFull` while searches go on, and it recovers by itself.
#[async_trait]
pub trait VectorCollection: Send + Sync + Debug {
    /// What it was opened with.
    fn spec(&self) -> &CollectionSpec;

    /// Applies changes; visible to searches on return, durable at the next commit.
    async fn apply(&self, entries: Vec<VectorEntry>) -> Result<()>;

    /// Notes that everything up to `position` is applied: after a rebuild, or behind changes that hold no vector.
    async fn resume_at(&self, position: OutboxSeq) -> Result<()>;

    /// The nearest documents, best first.
    async fn nearest(&self, query: &VectorQuery) -> Result<Vec<VectorHit>>;

    /// The cosine of given documents with a vector, in the order asked; none for those that are not in the collection.
    async fn score(&self, vector: &[f32], docs: &[DocRef]) -> Result<Vec<Option<f32>>>;

    /// Documents in it.
    async fn count(&self) -> Result<u64>;

    /// Makes all that was applied durable and answers the position reached.
    async fn commit(&self) -> Result<OutboxSeq>;

    /// The last change that would survive a crash; 0 when empty.
    async fn position(&self) -> Result<OutboxSeq>;

    /// The last change applied, durable or not, by this process or to a shared index by any; at least [`VectorCollection::position`].
    async fn applied(&self) -> Result<OutboxSeq>;

    /// Forgets every document and goes back to position 0.
    async fn clear(&self) -> Result<()>;
}

/// What a collection is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CollectionSpec {
    /// Its name: 1 to 64 letters, digits, `-` and `_`.
    pub name: String,
    /// What made its vectors.
    pub model: EmbeddingModel,
}

impl CollectionSpec {
    /// Bytes of a model's id at most.
    pub const MAX_MODEL_BYTES: usize = 1024;

    /// Refuses what no collection can be; the provider says how many numbers its vectors may have.
    pub fn check(&self, max_dimension: usize) -> Result<()> {
        if !Self::is_name(&self.name) {
            return Err(Error::invalid("collection", "a name is 1 to 64 letters, digits, `-` and `_`"));
        }
        if !(1..=max_dimension).contains(&self.model.dimension) {
            let message = format!("vectors have 1 to {max_dimension} numbers; choose another embedding model");
            return Err(Error::invalid("dimension", message));
        }
        if self.model.id.len() > Self::MAX_MODEL_BYTES {
            let most = Self::MAX_MODEL_BYTES;
            let message = format!("the name of an embedding model is at most {most} bytes long");
            return Err(Error::invalid("model", message));
        }
        Ok(())
    }

    /// Whether a collection may be called so.
    pub fn is_name(name: &str) -> bool {
        (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }
}

/// A property that documents share and queries filter by, such as `user:0190…` or `role:user`. Not case-folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub Cow<'static, str>);

/// A vector with its document and what it can be filtered by.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorDocument {
    /// Identity.
    pub doc: DocRef,
    /// As many finite numbers as the collection has dimensions; of length 1 or all zero.
    pub vector: Vec<f32>,
    /// Its properties, each once.
    pub tags: Vec<Tag>,
    /// Said or made at.
    pub created_at: Timestamp,
}

/// A change with its place in the store's order.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorEntry {
    /// Its place.
    pub seq: OutboxSeq,
    /// What is to be done.
    pub change: VectorChange,
}

/// One change to a collection. Applying a change twice is the same as once.
#[derive(Clone, Debug, PartialEq)]
pub enum VectorChange {
    /// Add or replace.
    Upsert(VectorDocument),
    /// Remove one document; unknown ones are ignored.
    Delete(DocRef),
    /// Remove every document with this tag.
    DeleteTagged(Tag),
}

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorQuery {
    /// Of the collection's dimension and of length 1.
    pub vector: Vec<f32>,
    /// Which documents may be answered.
    pub filter: VectorFilter,
    /// Hits at most.
    pub limit: usize,
}

/// Which documents a query may answer; the default lets all through.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct VectorFilter {
    /// Each of these groups must be met by at least one of its tags. An empty group is met by nothing.
    pub all: Vec<Vec<Tag>>,
    /// None of these.
    pub none: Vec<Tag>,
    /// Only at or after.
    pub from: Option<Timestamp>,
    /// Only before.
    pub until: Option<Timestamp>,
}

/// A document found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorHit {
    /// Which.
    pub doc: DocRef,
    /// Cosine of its vector with the query's.
    pub score: f32,
    /// Said or made at.
    pub created_at: Timestamp,
}
