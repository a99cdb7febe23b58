//! Opening an index, whatever state its files are in.

use jarvis_core::{Error, ErrorKind, Result, types::OutboxSeq};
use std::{
    fmt, fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError,
    directory::{MmapDirectory, error::LockError},
    error::DataCorruption,
    indexer::IndexWriterOptions,
    merge_policy::LogMergePolicy,
    store::Compressor,
};

use super::{schema::Fields, snapshot::Snapshot};

/// Memory in which documents wait for a commit: the least that Tantivy takes.
const WRITER_BYTES: usize = 15_000_000;

/// A segment with more deleted documents than this share is merged: they would count for ever otherwise.
const DELETED_SHARE: f32 = 0.25;

/// An index ready to be searched.
pub(crate) struct Opened {
    pub(crate) index: Index,
    pub(crate) reader: IndexReader,
    /// None when the disk does not let us write now.
    pub(crate) writer: Option<IndexWriter>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) stamp: Stamp,
}

/// Opens or creates. An index that does not open is set aside and an empty one takes its place.
pub(crate) fn open(dir: Option<&Path>, fields: &Fields) -> Result<Opened> {
    let Some(dir) = dir else {
        return ready(Index::create_in_ram(fields.schema.clone()), fields).map_err(Fault::into_error);
    };
    fs::create_dir_all(dir).map_err(|error| unusable(&error.into()))?;
    match open_dir(dir, fields) {
        Err(Fault::Damaged(cause)) => {
            tracing::warn!(
                text.index = %dir.display(),
                text.cause = %cause,
                "the search index does not open; it is set aside and built anew"
            );
            set_aside(dir).map_err(|error| unusable(&error.into()))?;
            open_dir(dir, fields).map_err(Fault::into_error)
        }
        opened => opened.map_err(Fault::into_error),
    }
}

enum Fault {
    /// The files are at fault: another index may take their place.
    Damaged(String),
    /// The circumstances are: the files may be good.
    Unusable(Error),
}

impl Fault {
    fn into_error(self) -> Error {
        match self {
            Self::Damaged(cause) => ErrorKind::Unavailable
                .error("the search index cannot be created; check the disk and the data directory's permissions")
                .with_source(cause),
            Self::Unusable(error) => error,
        }
    }
}

impl From<TantivyError> for Fault {
    fn from(error: TantivyError) -> Self {
        match &error {
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::Unusable(
                ErrorKind::Unavailable
                    .error("another process uses this search index; stop it, or choose another data directory")
                    .with_source(error),
            ),
            TantivyError::IoError(cause)
                if matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::StorageFull) =>
            {
                Self::Unusable(unusable(&error))
            }
            _ => Self::Damaged(error.to_string()),
        }
    }
}

fn unusable(error: &TantivyError) -> Error {
    ErrorKind::Unavailable
        .error("the search index cannot be opened; check the disk and the data directory's permissions")
        .with_source(error.to_string())
}

fn open_dir(dir: &Path, fields: &Fields) -> Result<Opened, Fault> {
    // foreign bytes: what reads them may panic instead of answering an error
    catch_unwind(AssertUnwindSafe(|| {
        let directory = MmapDirectory::open(dir).map_err(TantivyError::from)?;
        let index = if Index::exists(&directory).map_err(TantivyError::from)? {
            Index::open(directory)?
        } else {
            let settings = IndexSettings { docstore_compression: Compressor::None, ..IndexSettings::default() };
            Index::create(directory, fields.schema.clone(), settings)?
        };
        if index.schema() != fields.schema {
            return Err(Fault::Damaged("it was written by other rules".to_owned()));
        }
        ready(index, fields)
    }))
    .unwrap_or_else(|_| Err(Fault::Damaged("reading it panicked".to_owned())))
}

fn ready(index: Index, fields: &Fields) -> Result<Opened, Fault> {
    let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let snapshot = Snapshot::open(&reader.searcher(), fields)?;
    let stamp = Stamp::of(&index)?;
    let writer = match writer(&index) {
        Ok(writer) => Some(writer),
        Err(error @ TantivyError::LockFailure(LockError::LockBusy, _)) => return Err(error.into()),
        Err(error) => {
            tracing::warn!(text.cause = %error, "the search index cannot be written now; this is tried again");
            None
        }
    };
    Ok(Opened { index, reader, writer, snapshot, stamp })
}

/// One thread that indexes and one that merges.
pub(crate) fn writer(index: &Index) -> tantivy::Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let writer = index.writer_with_options(options)?;
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED_SHARE);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

/// What a commit carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Stamp {
    /// Commits made: tells a commit from the one before at the same position.
    pub(crate) number: u64,
    /// The last change in the index.
    pub(crate) position: OutboxSeq,
}

impl Stamp {
    /// Of the last commit.
    pub(crate) fn of(index: &Index) -> tantivy::Result<Self> {
        let Some(payload) = index.load_metas()?.payload else { return Ok(Self::default()) };
        let numbers = payload.split_once(' ').and_then(|(number, position)| {
            Some(Self { number: number.parse().ok()?, position: position.parse().ok()? })
        });
        numbers.ok_or_else(|| DataCorruption::comment_only("the commit's payload").into())
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.position)
    }
}

/// Moves an index out of the way, for whoever wants to look at it; only the last one is kept.
pub(crate) fn set_aside(dir: &Path) -> io::Result<()> {
    let aside = aside(dir);
    remove(&aside)?;
    fs::rename(dir, &aside)?;
    fs::create_dir_all(dir)
}

/// Removes an index for good.
pub(crate) fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Removes the copy that was moved out of the way, if there is one.
pub(crate) fn remove_aside(dir: &Path) -> io::Result<()> {
    remove(&aside(dir))
}

fn aside(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".damaged");
    dir.with_file_name(name)
}
