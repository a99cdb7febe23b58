use std::{fmt, time::Duration};

/// How a store is opened.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Where the database is: `postgresql://user:password@host:port/name`.
    pub url: String,
    /// Connections at most; at least two.
    pub max_connections: u32,
    /// How long work waits for a connection when all are in use.
    pub acquire_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long a statement waits for what another transaction holds.
    pub lock_timeout: Duration,
    /// How long a unit of work may take before it is rolled back. Erasing or restoring a conversation adds a tenth of a
    /// millisecond for each of its messages: a person's data must be erasable however much it is. The server ends a
    /// transaction whose program fell silent for as long.
    pub unit_time: Duration,
    /// A connection that nobody used for this long is closed.
    pub idle_timeout: Duration,
    /// Whether pending migrations are applied; otherwise a database that has some is refused.
    pub auto_migrate: bool,
    /// Where copies are that follow the database and answer reads: URLs like `url`.
    pub replicas: Vec<String>,
}

impl PostgresOptions {
    /// The product's settings for the database at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 20,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(4),
            unit_time: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(5),
            auto_migrate: true,
            replicas: Vec::new(),
        }
    }
}

impl fmt::Debug for PostgresOptions {
    /// Without the URLs, which hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("max_connections", &self.max_connections)
            .field("auto_migrate", &self.auto_migrate)
            .field("replicas", &self.replicas.len())
            .finish_non_exhaustive()
    }
}
