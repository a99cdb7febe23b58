//! The port of all collections.

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{CollectionSpec, Health, VectorCollection, VectorIndex},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};
use tokio::sync::Semaphore;

use super::{
    collection::{MAX_DIMENSION, ROWS, SEARCH_SECONDS, Slabs},
    open::{remove, remove_aside},
    options::VectorOptions,
    writer::cannot_write,
};

/// Vectors in process: a directory with a file of rows for each collection, or nothing but memory. Dropping it loses what
/// is not committed.
pub struct SlabIndex {
    inner: Arc<Inner>,
    /// One opening or removal at a time.
    turns: Arc<Semaphore>,
}

struct Inner {
    root: Option<PathBuf>,
    options: VectorOptions,
    collections: Mutex<BTreeMap<String, Arc<Slabs>>>,
    /// Searches at a time: as many as there are processors.
    permits: Arc<Semaphore>,
    /// Held as long as the index is used.
    _lock: Option<File>,
}

impl fmt::Debug for SlabIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlabIndex").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

impl SlabIndex {
    /// Uses the collections in `dir`, or makes an index in memory. Opens none of them yet, so it takes no time.
    ///
    /// Fails when another process uses the directory or it cannot be used at all.
    pub fn open(dir: Option<PathBuf>, options: VectorOptions) -> Result<Arc<Self>> {
        let lock = dir.as_deref().map(lock).transpose()?;
        metrics::describe_gauge!(ROWS, "Vectors in a collection.");
        metrics::describe_histogram!(SEARCH_SECONDS, metrics::Unit::Seconds, "Time of a search for near vectors.");
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            root: dir,
            options,
            collections: Mutex::default(),
            permits: Arc::new(Semaphore::new(processors)),
            _lock: lock,
        };
        Ok(Arc::new(Self { inner: Arc::new(inner), turns: Arc::new(Semaphore::new(1)) }))
    }

    async fn turn<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> Result<T> + Send + 'static) -> Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&inner)
        });
        done.await.map_err(Error::internal)?
    }
}

/// Makes the directory and takes it for this process.
fn lock(dir: &Path) -> Result<File> {
    let unusable = |error: io::Error| {
        ErrorKind::Unavailable
            .error("the vectors cannot be opened; check the disk and the data directory's permissions")
            .with_source(error)
    };
    fs::create_dir_all(dir).map_err(unusable)?;
    // no collection has a name with a dot
    let file = File::options().create(true).truncate(false).write(true).open(dir.join(".lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ErrorKind::Unavailable
            .error("another process uses these vectors; stop it, or choose another data directory")),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

impl Inner {
    fn collections(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Slabs>>> {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dir(&self, name: &str) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.join(name))
    }

    fn open(&self, spec: CollectionSpec) -> Result<Arc<Slabs>> {
        let there = self.collections().get(&spec.name).cloned();
        match there {
            Some(there) if there.spec().model == spec.model => return Ok(there),
            Some(other) => {
                self.collections().remove(&spec.name);
                other.remove()?;
            }
            None => {}
        }
        let (name, dir) = (spec.name.clone(), self.dir(&spec.name));
        let opened = Arc::new(Slabs::open(spec, dir, self.options, Arc::clone(&self.permits))?);
        self.collections().insert(name, Arc::clone(&opened));
        Ok(opened)
    }

    fn remove(&self, name: &str) -> Result<()> {
        let there = self.collections().remove(name);
        match (there, self.dir(name)) {
            (Some(there), _) => there.remove(),
            (None, Some(dir)) => remove(&dir).map_err(cannot_write),
            (None, None) => Ok(()),
        }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names: BTreeSet<String> = self.collections().keys().cloned().collect();
        for entry in self.root.iter().map(fs::read_dir).collect::<io::Result<Vec<_>>>()?.into_iter().flatten() {
            let entry = entry?;
            let name = entry.file_name().into_string().unwrap_or_default();
            if entry.file_type()?.is_dir() && CollectionSpec::is_name(&name) {
                names.insert(name);
            }
        }
        Ok(names.into_iter().collect())
    }
}

#[async_trait]
impl VectorIndex for SlabIndex {
    async fn check(&self) -> Health {
        let started = Instant::now();
        let asked = self
            .turn(|inner| {
                let names = inner.names().map_err(cannot_read)?;
                let states: Vec<_> = inner.collections().values().map(|collection| collection.state()).collect();
                Ok((names.len() as u64, states))
            })
            .await;
        let took = started.elapsed();
        match asked {
            Err(error) => Health::unhealthy(took, error.message()),
            Ok((collections, states)) => {
                let problem = states.iter().find_map(|(problem, ..)| *problem);
                problem
                    .map_or_else(|| Health::healthy(took), |problem| Health::degraded(took, problem))
                    .with_figure("collections", collections)
                    .with_figure("vectors", states.iter().map(|(_, rows, _)| rows).sum())
                    .with_figure("uncommitted", states.iter().map(|(.., behind)| behind).sum())
            }
        }
    }

    async fn open(&self, spec: CollectionSpec) -> Result<Arc<dyn VectorCollection>> {
        spec.check(MAX_DIMENSION)?;
        self.turn(move |inner| inner.open(spec).map(|opened| opened as Arc<dyn VectorCollection>)).await
    }

    async fn remove(&self, name: &str) -> Result<()> {
        if !CollectionSpec::is_name(name) {
            return Ok(()); // there is none of that name, and no path may be made of it
        }
        let name = name.to_owned();
        self.turn(move |inner| inner.remove(&name)).await
    }

    async fn scrub(&self) -> Result<()> {
        self.turn(|inner| inner.root.as_deref().map_or(Ok(()), remove_aside).map_err(cannot_write)).await
    }

    async fn names(&self) -> Result<Vec<String>> {
        self.turn(|inner| inner.names().map_err(cannot_read)).await
    }
}

fn cannot_read(cause: io::Error) -> Error {
    ErrorKind::Unavailable
        .error("the directory of vectors cannot be read; check the disk and the data directory's permissions")
        .with_source(cause)
}
