//! Opening a collection, whatever state its files are in.

use jarvis_core::{Error, ErrorKind, Result, ports::EmbeddingModel};
use std::{
    fs::{self, File},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    checkpoint::{Pending, State},
    header::Header,
    layout::{CHUNK_ROWS, DATA_START, Layout},
    live::{Live, is_set},
    options::VectorOptions,
    rotation::Rotation,
    slab::Slab,
    writer::{MAX_SLOTS, Store, Writer, cannot_write},
};

const ROWS: &str = "rows";
/// Damaged copies that are kept.
const KEPT_ASIDE: u32 = 2;

/// A collection ready to be used.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) writer: Writer,
    pub(crate) live: Live,
}

enum Fault {
    /// There is nothing yet.
    Absent,
    /// Made for another model.
    Foreign,
    /// The files are at fault: others may take their place.
    Damaged(String),
    /// The circumstances are: the files may be good.
    Unusable(Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::StorageFull | io::ErrorKind::OutOfMemory => {
                Self::Unusable(
                    ErrorKind::Unavailable
                        .error("vectors cannot be read; check the disk and the data directory's permissions")
                        .with_source(error),
                )
            }
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// Opens a collection, or makes one. One that does not open is set aside and an empty one takes its place.
pub(crate) fn open(dir: Option<&Path>, model: &EmbeddingModel, options: VectorOptions) -> Result<Opened> {
    let Some(dir) = dir else { return create(None, model, options, 0).map_err(cannot_write) };
    let loaded = catch_unwind(AssertUnwindSafe(|| load(dir, model, options)))
        .unwrap_or_else(|_| Err(Fault::Damaged("reading it panicked".to_owned())));
    match loaded {
        Ok(opened) => return Ok(opened),
        Err(Fault::Unusable(error)) => return Err(error),
        Err(Fault::Absent) => {}
        Err(Fault::Foreign) => {
            tracing::info!(vectors.dir = %dir.display(), "the vectors were made by another model; they are made anew");
            remove(dir).map_err(cannot_write)?;
        }
        Err(Fault::Damaged(cause)) => {
            tracing::warn!(
                vectors.dir = %dir.display(),
                vectors.cause = %cause,
                "the vectors do not open; they are set aside and made anew"
            );
            set_aside(dir).map_err(cannot_write)?;
        }
    }
    fs::create_dir_all(dir).map_err(cannot_write)?;
    create(Some(dir), model, options, 0).map_err(cannot_write)
}

/// Makes an empty collection, in a directory that is there or in memory. In a directory with another it takes its place;
/// `last` is then the number of the other's side file.
pub(crate) fn create(
    dir: Option<&Path>,
    model: &EmbeddingModel,
    options: VectorOptions,
    last: u64,
) -> io::Result<Opened> {
    let layout = Layout::new(model.dimension);
    let seed = RandomState::new().build_hasher().finish();
    let file = match dir {
        Some(dir) => File::options().read(true).write(true).create(true).truncate(true).open(dir.join("rows.new"))?,
        None => in_memory()?,
    };
    let slab = Slab::empty(file, layout);
    let live = Live::empty(Arc::clone(slab.rows()), Arc::new(Rotation::new(layout.padded)), seed);
    let mut store = None;
    if let Some(dir) = dir {
        let mut header =
            Header { model: model.clone(), seed, generation: 1, position: 0, state: 0, state_bytes: 0, base_bytes: 0 };
        let state = State::create(dir, last, &live, &mut header)?;
        header.write(slab.file())?;
        slab.file().set_len(DATA_START)?;
        slab.file().sync_all()?;
        fs::rename(dir.join("rows.new"), dir.join(ROWS))?;
        File::open(dir)?.sync_all()?;
        state.tidy();
        store = Some(Store { header, state });
    }
    let writer = Writer {
        slab,
        store,
        free: Vec::new(),
        freed: Vec::new(),
        pins: Vec::new(),
        end: 0,
        pending: Pending::default(),
        cascade_rows: options.cascade_rows,
    };
    Ok(Opened { writer, live })
}

/// A file that nobody else can see and that no disk holds, where the system has such files.
fn in_memory() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        let file = rustix::fs::memfd_create("jarvis-vectors", rustix::fs::MemfdFlags::CLOEXEC)?;
        Ok(file.into())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let name = format!("jarvis-vectors-{:x}", RandomState::new().build_hasher().finish());
        let path = std::env::temp_dir().join(name);
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        fs::remove_file(&path)?;
        Ok(file)
    }
}

fn load(dir: &Path, model: &EmbeddingModel, options: VectorOptions) -> Result<Opened, Fault> {
    let file = match File::options().read(true).write(true).open(dir.join(ROWS)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Fault::Absent),
        file => file?,
    };
    let header = Header::read(&file)?.ok_or_else(|| Fault::Damaged("it has no whole header".to_owned()))?;
    if header.model != *model {
        return Err(Fault::Foreign);
    }
    let layout = Layout::new(model.dimension);
    let chunks = file.metadata()?.len().saturating_sub(DATA_START) / layout.chunk as u64;
    let slab = Slab::open(file, layout, (chunks as usize * CHUNK_ROWS).min(MAX_SLOTS))?;
    let rotation = Arc::new(Rotation::new(layout.padded));
    let mut live = Live::empty(Arc::clone(slab.rows()), rotation, header.seed);
    let mut state = State::open(dir, &header)?;
    state
        .load(&header, &mut live)?
        .ok_or_else(|| Fault::Damaged("its side file and its rows do not belong together".to_owned()))?;
    (live.applied, live.position) = (header.position, header.position);
    state.tidy();
    let (free, freed, end) = unseen(&live);
    let writer = Writer {
        slab,
        store: Some(Store { header, state }),
        free,
        freed,
        pins: Vec::new(),
        end,
        pending: Pending::default(),
        cascade_rows: options.cascade_rows,
    };
    Ok(Opened { writer, live })
}

/// Slots that nobody sees: those that are empty, and those where something is left of before a crash, which the next
/// commit erases; and the first slot that was never used.
fn unseen(live: &Live) -> (Vec<u32>, Vec<u32>, u32) {
    let (mut free, mut freed, mut end) = (Vec::new(), Vec::new(), live.used);
    for slot in (0..live.used).rev().filter(|slot| !is_set(&live.masks, *slot)) {
        if live.rows.meta(slot).is_some() { freed.push(slot) } else { free.push(slot) }
    }
    // rows are added one behind the other, a batch at a time
    let mut empty = 0;
    for slot in live.used..live.rows.capacity() as u32 {
        if live.rows.meta(slot).is_some() {
            freed.extend(end..=slot);
            (end, empty) = (slot + 1, 0);
        } else {
            empty += 1;
            if empty > CHUNK_ROWS {
                break;
            }
        }
    }
    (free, freed, end)
}

/// Removes a collection's files for good.
pub(crate) fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Moves a collection out of the way, for whoever wants to look at it; only the last few are kept.
fn set_aside(dir: &Path) -> io::Result<()> {
    for number in 1..=KEPT_ASIDE {
        if !aside(dir, number).try_exists()? {
            return fs::rename(dir, aside(dir, number));
        }
    }
    remove(&aside(dir, 1))?;
    for number in 2..=KEPT_ASIDE {
        fs::rename(aside(dir, number), aside(dir, number - 1))?;
    }
    fs::rename(dir, aside(dir, KEPT_ASIDE))
}

/// Removes all that was moved out of the way within a directory.
pub(crate) fn remove_aside(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.contains(".damaged-")) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn aside(dir: &Path, number: u32) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(format!(".damaged-{number}"));
    dir.with_file_name(name)
}
