//! The connections: what each is opened with, and which of them are still good.

use jarvis_core::{
    Result,
    ports::{Clock, Sealer},
};
use sqlx::{
    ConnectOptions, Connection, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    PostgresOptions,
    db::Db,
    error::{Attempt, Failure, unreadable_url},
};

/// Statements each connection keeps prepared: more than the product has.
const STATEMENTS: usize = 512;
/// A connection is opened anew after this, so that a server behind a name that moved is found.
const LIFETIME: Duration = Duration::from_mins(30);
/// A connection that rested longer than this is tried before it is used: something on the way may have forgotten it.
const TRUSTED: Duration = Duration::from_secs(30);

/// What reads and units need to run.
pub(crate) struct Place {
    pub(crate) pool: PgPool,
    pub(crate) options: PostgresOptions,
    losses: Losses,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
}

impl Place {
    /// Without connecting yet.
    pub(crate) fn new(options: PostgresOptions, sealer: Arc<dyn Sealer>, clock: Arc<dyn Clock>) -> Result<Self> {
        let losses = Losses::new();
        let pool = pool(&options, &losses).connect_lazy_with(connect_options(&options)?);
        Ok(Self { pool, options, losses, sealer, clock })
    }

    /// A connection. One that was lost on the way is replaced.
    pub(crate) async fn acquire(&self) -> Attempt<Db> {
        let connection = self.pool.acquire().await.inspect_err(|error| self.note_loss(error))?;
        Ok(Db::new(connection, Arc::clone(&self.sealer), Arc::clone(&self.clock)))
    }

    /// Looks at an error of a connection: after a loss every connection that is older is tried before it is used again.
    pub(crate) fn note(&self, failure: &Failure) {
        if failure.is_loss() {
            self.losses.note();
        }
    }

    /// A connection that cannot be used again.
    pub(crate) fn drop_lost(&self, db: Db) {
        self.losses.note();
        db.discard();
    }

    fn note_loss(&self, error: &sqlx::Error) {
        if matches!(error, sqlx::Error::Io(_)) {
            self.losses.note();
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("options", &self.options).finish_non_exhaustive()
    }
}

/// When a connection was last lost.
#[derive(Clone, Debug)]
struct Losses {
    base: Instant,
    /// Milliseconds after `base`.
    last: Arc<AtomicU64>,
}

impl Losses {
    fn new() -> Self {
        Self { base: Instant::now(), last: Arc::new(AtomicU64::new(0)) }
    }

    fn note(&self) {
        self.last.store(self.base.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
    }

    /// Whether a connection that was opened or used so long ago may have been lost with the others.
    fn concern(&self, unused_for: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        last > 0 && self.base.elapsed().saturating_sub(unused_for) <= Duration::from_millis(last)
    }
}

fn pool(options: &PostgresOptions, losses: &Losses) -> PgPoolOptions {
    let losses = losses.clone();
    PgPoolOptions::new()
        .max_connections(options.max_connections.max(2))
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(options.idle_timeout)
        .max_lifetime(LIFETIME)
        // a round trip before each use would cost as much as the use
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let doubtful = meta.idle_for > TRUSTED || losses.concern(meta.idle_for);
            Box::pin(async move { Ok(!doubtful || connection.ping().await.is_ok()) })
        })
}

/// What every connection is opened with. The timeouts are the server's: it ends what runs too long even when nobody listens.
pub(crate) fn connect_options(options: &PostgresOptions) -> Result<PgConnectOptions> {
    let connect = parse(&options.url)?.statement_cache_capacity(STATEMENTS);
    Ok(connect.options([
        ("statement_timeout", millis(options.statement_timeout)),
        ("lock_timeout", millis(options.lock_timeout)),
        ("idle_in_transaction_session_timeout", millis(options.unit_time * 2)),
        // statements of some rows each: compiling them takes longer than running them
        ("jit", "off".to_owned()),
    ]))
}

/// A connection of its own, in nobody's pool.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).map_err(|_| unreadable_url())?;
    Ok(options.application_name("jarvis").disable_statement_logging())
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

/// A connection of the pool.
pub(crate) type Pooled = PoolConnection<Postgres>;
