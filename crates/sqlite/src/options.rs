use std::{path::PathBuf, time::Duration};

/// How a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The database file; it and its `-wal` and `-shm` neighbours are made when missing, its directory is not.
    pub path: PathBuf,
    /// Threads that read, one connection each; at least one.
    pub readers: usize,
    /// How long a read waits for its turn when very many wait already.
    pub read_patience: Duration,
    /// Whether pending migrations are applied; otherwise a database that has some is refused.
    pub auto_migrate: bool,
    /// Units committed together at most; 1 gives each its own commit.
    pub group_size: usize,
    /// A group is committed at the latest after this, however many wait.
    pub group_time: Duration,
    /// How long a unit of work may take before it is rolled back. Erasing or restoring a conversation adds a tenth of a
    /// millisecond for each of its messages: a person's data must be erasable however much it is.
    pub unit_time: Duration,
}

impl SqliteOptions {
    /// The product's settings for the database at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            read_patience: Duration::from_secs(10),
            auto_migrate: true,
            group_size: 64,
            group_time: Duration::from_millis(5),
            unit_time: Duration::from_secs(1),
        }
    }
}
