//! The port of one collection.

use async_trait::async_trait;
use jarvis_core::{
    Error, Result,
    ports::{
        CollectionSpec, VectorChange, VectorCollection, VectorDocument, VectorEntry, VectorFilter, VectorHit,
        VectorQuery,
    },
    types::{DocRef, OutboxSeq},
};
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};
use tokio::sync::Semaphore;

use super::{
    floats::cosine,
    live::Live,
    open::{Opened, create, open, remove},
    options::VectorOptions,
    search::{is_whole, nearest},
    writer::{Writer, cannot_write, read, write},
};

pub(crate) const ROWS: &str = "jarvis_vectors_rows";
pub(crate) const SEARCH_SECONDS: &str = "jarvis_vectors_search_seconds";

/// Numbers of a vector at most.
pub(crate) const MAX_DIMENSION: usize = 4_096;
/// Hits that can be asked for.
const MAX_LIMIT: usize = 10_000;
/// Tags of a document, and bytes of a tag.
const MAX_TAGS: usize = 64;
const MAX_TAG_BYTES: usize = 256;

const DAMAGED: &str = "some vectors are damaged and left out; run `jarvis reindex` to make them anew";

/// A collection in one file, mapped.
pub(crate) struct Slabs {
    inner: Arc<Inner>,
    /// Searches at a time, shared by all collections.
    permits: Arc<Semaphore>,
    /// One change at a time: changes have an order.
    turns: Arc<Semaphore>,
}

struct Inner {
    spec: CollectionSpec,
    dir: Option<PathBuf>,
    options: VectorOptions,
    live: RwLock<Live>,
    writer: Mutex<Writer>,
}

impl fmt::Debug for Slabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slabs").field("spec", &self.inner.spec).finish_non_exhaustive()
    }
}

impl Slabs {
    /// Opens or makes a collection. Blocks for some milliseconds.
    pub(crate) fn open(
        spec: CollectionSpec,
        dir: Option<PathBuf>,
        options: VectorOptions,
        permits: Arc<Semaphore>,
    ) -> Result<Self> {
        let Opened { writer, live } = open(dir.as_deref(), &spec.model, options)?;
        let inner = Inner { spec, dir, options, live: RwLock::new(live), writer: Mutex::new(writer) };
        inner.count_rows();
        Ok(Self { inner: Arc::new(inner), permits, turns: Arc::new(Semaphore::new(1)) })
    }

    /// Ends it: files are removed, handles answer `NotFound`. Blocks until the change in progress, if any, is over.
    pub(crate) fn remove(&self) -> Result<()> {
        let _writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        write(&self.inner.live, |live| live.gone = true);
        metrics::gauge!(ROWS, "collection" => self.inner.spec.name.clone()).set(0.0);
        self.inner.dir.as_deref().map_or(Ok(()), |dir| remove(dir).map_err(cannot_write))
    }

    /// What is wrong, if anything, rows, and changes applied but not durable.
    pub(crate) fn state(&self) -> (Option<&'static str>, u64, u64) {
        read(&self.inner.live, |live| (live.problem, live.count, live.applied.saturating_sub(live.position)))
    }

    /// Runs a search off the async workers, a bounded number at a time.
    async fn search<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> Result<T> + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            inner.is_there()?;
            work(&inner)
        });
        done.await.map_err(Error::internal)?
    }

    /// Runs a change off the async workers, one at a time.
    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &mut Writer) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // the turn is over when the change is, even if its caller has gone
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            inner.is_there()?;
            let done = work(&inner, &mut writer);
            inner.count_rows();
            done
        });
        done.await.map_err(Error::internal)?
    }
}

impl Inner {
    fn is_there(&self) -> Result<()> {
        if read(&self.live, |live| live.gone) { Err(Error::not_found("collection of vectors")) } else { Ok(()) }
    }

    fn count_rows(&self) {
        let count = read(&self.live, |live| live.count);
        metrics::gauge!(ROWS, "collection" => self.spec.name.clone()).set(count as f64);
    }

    fn fits(&self, vector: &[f32]) -> Result<()> {
        let dimension = self.spec.model.dimension;
        if vector.len() != dimension {
            let message = format!("has {} numbers; this collection takes vectors of {dimension}", vector.len());
            return Err(Error::invalid("vector", message));
        }
        if !vector.iter().all(|value| value.is_finite()) {
            return Err(Error::invalid("vector", "holds a value that is not a finite number"));
        }
        Ok(())
    }

    fn acceptable(&self, document: &VectorDocument) -> Result<()> {
        self.fits(&document.vector)?;
        if document.tags.len() > MAX_TAGS || document.tags.iter().any(|tag| tag.0.len() > MAX_TAG_BYTES) {
            let message = format!("at most {MAX_TAGS} tags of at most {MAX_TAG_BYTES} bytes each");
            return Err(Error::invalid("tags", message));
        }
        Ok(())
    }

    fn damaged(&self) {
        if write(&self.live, |live| live.problem.replace(DAMAGED)).is_none() {
            tracing::warn!(vectors.collection = %self.spec.name, "a vector is not what was written; it is left out");
        }
    }
}

#[async_trait]
impl VectorCollection for Slabs {
    fn spec(&self) -> &CollectionSpec {
        &self.inner.spec
    }

    async fn apply(&self, entries: Vec<VectorEntry>) -> Result<()> {
        self.change(move |inner, writer| {
            for entry in &entries {
                if let VectorChange::Upsert(document) = &entry.change {
                    inner.acceptable(document)?;
                }
            }
            writer.apply(&inner.live, entries)
        })
        .await
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        self.change(move |inner, _| {
            Writer::resume_at(&inner.live, position);
            Ok(())
        })
        .await
    }

    async fn nearest(&self, query: &VectorQuery) -> Result<Vec<VectorHit>> {
        let query = query.clone();
        self.search(move |inner| {
            inner.fits(&query.vector)?;
            let started = Instant::now();
            let view = read(&inner.live, |live| live.view(&query.filter));
            let found = nearest(&view, &query.vector, &query.filter, query.limit.min(MAX_LIMIT));
            drop(view);
            metrics::histogram!(SEARCH_SECONDS).record(started.elapsed().as_secs_f64());
            if found.damaged {
                inner.damaged();
            }
            Ok(found.hits)
        })
        .await
    }

    async fn score(&self, vector: &[f32], docs: &[DocRef]) -> Result<Vec<Option<f32>>> {
        let (vector, docs) = (vector.to_vec(), docs.to_vec());
        self.search(move |inner| {
            inner.fits(&vector)?;
            let (view, slots) = read(&inner.live, |live| {
                let slots: Vec<Option<u32>> = docs.iter().map(|doc| live.slot(*doc)).collect();
                (live.view(&VectorFilter::default()), slots)
            });
            let mut scores = Vec::with_capacity(docs.len());
            for (doc, slot) in docs.iter().zip(slots) {
                let whole = slot.filter(|slot| is_whole(&view, *slot, *doc));
                if slot.is_some() && whole.is_none() {
                    inner.damaged();
                }
                scores.push(whole.map(|slot| cosine(&vector, view.rows.floats(slot))));
            }
            Ok(scores)
        })
        .await
    }

    async fn count(&self) -> Result<u64> {
        self.inner.is_there()?;
        Ok(read(&self.inner.live, |live| live.count))
    }

    async fn commit(&self) -> Result<OutboxSeq> {
        self.change(|inner, writer| writer.commit(&inner.live)).await
    }

    async fn position(&self) -> Result<OutboxSeq> {
        self.inner.is_there()?;
        Ok(read(&self.inner.live, |live| live.position))
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        self.inner.is_there()?;
        Ok(read(&self.inner.live, |live| live.applied))
    }

    async fn clear(&self) -> Result<()> {
        self.change(|inner, writer| {
            let last = writer.store.as_ref().map_or(0, |store| store.state.number());
            let opened = create(inner.dir.as_deref(), &inner.spec.model, inner.options, last).map_err(cannot_write)?;
            // searches that go on keep the old file alive
            *writer = opened.writer;
            write(&inner.live, |live| *live = opened.live);
            Ok(())
        })
        .await
    }
}
