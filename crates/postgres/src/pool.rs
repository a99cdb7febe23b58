//! The connections: what each is opened with, and which of them are still good.

use jarvis_core::{
    Result, Scope,
    observe::{Operation, PoolMeter, SlowKind},
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
    replicas::{self, Replicas},
    shelf::Shelf,
};

/// Statements each connection keeps prepared: more than the product has.
const STATEMENTS: usize = 512;
/// A connection is opened anew after this, so that a server behind a name that moved is found.
const LIFETIME: Duration = Duration::from_mins(30);
/// A connection that rested longer than this is tried before it is used: something on the way may have forgotten it.
const TRUSTED: Duration = Duration::from_secs(30);

/// How often it is looked whether the primary was lost, where there are copies of it.
const WATCH: Duration = Duration::from_millis(200);

/// For which values of its parameters a statement is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plans {
    /// Once for all: the best plan does not depend on them, and planning takes longer than most of the statements.
    Once,
    /// As the server sees fit: how much a word or a filter finds decides which way is best.
    ByValues,
}

/// What reads and units need to run.
pub(crate) struct Place {
    pool: PgPool,
    pub(crate) options: PostgresOptions,
    shelf: Arc<Shelf>,
    plans: Plans,
    replicas: Replicas,
    losses: Losses,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
    meter: Arc<PoolMeter>,
    pub(crate) reads: Operation,
    pub(crate) writes: Operation,
}

impl Place {
    /// Without connecting yet. `name` is what measurements call the pool.
    pub(crate) fn new(
        name: &'static str,
        options: PostgresOptions,
        plans: Plans,
        sealer: Arc<dyn Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let losses = Losses::new();
        let pool = pool(&options, &losses).connect_lazy_with(connect_options(&options, plans)?);
        let shelf = Shelf::new(connections(&options), options.acquire_timeout);
        let meter = Arc::new(PoolMeter::new(name, connections(&options) as usize));
        let calls = |operation| Operation::new(name, operation).slow_as(SlowKind::Store);
        Ok(Self {
            pool,
            shelf,
            plans,
            replicas: Replicas::new(&options, plans)?,
            options,
            losses,
            sealer,
            clock,
            meter,
            reads: calls("read"),
            writes: calls("write"),
        })
    }

    /// A connection to a copy from which the scope's user may read, if there is one now.
    pub(crate) async fn copy(&self, scope: Scope) -> Option<Db> {
        if !self.replicas.are_there() {
            return None;
        }
        // in a place of its own: every read would be as large as this, and most have no use for it
        let connection = Box::pin(self.replicas.connection(scope)).await?;
        Some(Db::new(connection, None, Arc::clone(&self.sealer), Arc::clone(&self.clock)))
    }

    /// Notes what must have reached a copy before it answers those on whose behalf something was written.
    pub(crate) async fn note_write(&self, db: &mut Db, scopes: &[Scope]) {
        if !self.replicas.are_there() || scopes.is_empty() {
            return;
        }
        let place = replicas::place(db.connection()).await.ok();
        self.replicas.note_write(scopes, place);
    }

    /// What was written before this process began may be anybody's.
    pub(crate) async fn note_beginning(&self) -> Attempt<()> {
        if self.replicas.are_there() {
            let mut db = self.acquire().await?;
            let place = replicas::place(db.connection()).await?;
            self.replicas.note_write(&[Scope::system()], Some(place));
        }
        Ok(())
    }

    /// Connections that are open, and how many of them are in use.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let open = self.pool.size() as usize;
        (open, open.saturating_sub(self.pool.num_idle() + self.shelf.resting_now()))
    }

    /// Takes no more work and waits for what was accepted.
    pub(crate) async fn close(&self) {
        self.shelf.close();
        self.pool.close().await;
        self.replicas.close().await;
    }

    /// Goes on with the copy that became the primary, when the primary is gone. Ends with the pool.
    pub(crate) async fn follow_primary(self: Arc<Self>) -> Result<()> {
        let servers = [&self.options.url].into_iter().chain(&self.options.replicas);
        let options =
            |url: &String| connect_options(&PostgresOptions { url: url.clone(), ..self.options.clone() }, self.plans);
        let servers = servers.map(options).collect::<Result<Vec<_>>>()?;
        let (mut seen, mut current) = (0, 0);
        while !self.pool.is_closed() {
            tokio::time::sleep(WATCH).await;
            let lost = self.losses.last.load(Ordering::Relaxed);
            if lost == seen {
                continue;
            }
            let ways: Vec<PgConnectOptions> =
                (0..servers.len()).map(|number| servers[(current + number) % servers.len()].clone()).collect();
            let Some(found) = replicas::primary(&ways).await else { continue };
            seen = lost;
            if found > 0 {
                current = (current + found) % servers.len();
                self.pool.set_connect_options(servers[current].clone());
                self.losses.note();
                seen = self.losses.last.load(Ordering::Relaxed);
                tracing::warn!("another server takes the writes now; connections go there");
            }
        }
        Ok(())
    }

    /// A connection. One that was lost on the way is replaced.
    pub(crate) async fn acquire(&self) -> Attempt<Db> {
        let asked = Instant::now();
        let taken = self.shelf.take(&self.pool, &self.losses).await;
        let (connection, mut home) = taken.inspect_err(|error| self.note_loss(error))?;
        self.meter.holds(self.pool.size() as usize);
        home.in_use = Some(self.meter.take(asked.elapsed()));
        Ok(Db::new(connection, Some(home), Arc::clone(&self.sealer), Arc::clone(&self.clock)))
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
        let was_tried = match error {
            sqlx::Error::Io(cause) => cause.kind() != std::io::ErrorKind::WouldBlock,
            other => matches!(other, sqlx::Error::PoolTimedOut),
        };
        if was_tried {
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
pub(crate) struct Losses {
    base: Instant,
    /// Milliseconds after `base`.
    last: Arc<AtomicU64>,
}

impl Losses {
    pub(crate) fn new() -> Self {
        Self { base: Instant::now(), last: Arc::new(AtomicU64::new(0)) }
    }

    fn note(&self) {
        self.last.store(self.base.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
    }

    /// Whether a connection that was opened or used so long ago may have been lost with the others.
    pub(crate) fn concern(&self, unused_for: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        last > 0 && self.base.elapsed().saturating_sub(unused_for) <= Duration::from_millis(last)
    }
}

/// Connections at once: whoever holds one may wait for somebody who needs another.
fn connections(options: &PostgresOptions) -> u32 {
    options.max_connections.max(2)
}

pub(crate) fn pool(options: &PostgresOptions, losses: &Losses) -> PgPoolOptions {
    let losses = losses.clone();
    PgPoolOptions::new()
        .max_connections(connections(options))
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
pub(crate) fn connect_options(options: &PostgresOptions, plans: Plans) -> Result<PgConnectOptions> {
    let connect = parse(&options.url)?.statement_cache_capacity(STATEMENTS);
    let connect = connect.options([
        ("statement_timeout", millis(options.statement_timeout)),
        ("lock_timeout", millis(options.lock_timeout)),
        ("idle_in_transaction_session_timeout", millis(options.unit_time * 2)),
        // statements of some rows each: compiling them takes longer than running them
        ("jit", "off".to_owned()),
    ]);
    Ok(match plans {
        Plans::Once => connect.options([("plan_cache_mode", "force_generic_plan")]),
        Plans::ByValues => connect,
    })
}

/// A connection of its own, in nobody's pool.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).map_err(|_| unreadable_url())?;
    Ok(options.application_name("jarvis").disable_statement_logging())
}

/// The database that is meant, as the server takes it: without a name it is the user's.
pub(crate) fn database_of(options: &PgConnectOptions) -> &str {
    options.get_database().unwrap_or(options.get_username())
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

/// A connection of the pool.
pub(crate) type Pooled = PoolConnection<Postgres>;
