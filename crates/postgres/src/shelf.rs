//! Connections between two uses.
//!
//! The pool asks a connection whether it still answers each time that it gets it back, which is a way to the server and back:
//! as much as a read takes. A connection that was used in good order is kept here for a moment instead, for whoever comes
//! next. What rests longer, or was kept for long, goes back to the pool, which knows about ages and limits.

use std::{
    io, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use jarvis_core::{
    circuit::{Circuit, Pass},
    observe::InUse,
    policy::breaker::{BreakerLimits, Verdict},
};
use sqlx::postgres::PgPool;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant as Until, timeout_at},
};

use crate::{
    error::Failure,
    pool::{Losses, Pooled},
};

/// What rests longer goes back to the pool.
const REST: Duration = Duration::from_secs(1);
/// A connection goes back to the pool after this, however busy it is.
const KEPT: Duration = Duration::from_mins(1);
/// Once a connection could not be opened for as long as somebody waited, how soon the next one tries.
const UNREACHABLE: BreakerLimits = BreakerLimits { failures: 1, rest: Duration::from_secs(1) };

/// Connections that nobody uses for the moment.
#[derive(Debug)]
pub(crate) struct Shelf {
    resting: Mutex<Vec<Resting>>,
    /// One for each connection that may be in use: who waits for one is served by whoever gives one back.
    free: Arc<Semaphore>,
    patience: Duration,
    /// Whether connections can be opened.
    opening: Arc<Circuit>,
    closed: AtomicBool,
    swept: AtomicBool,
}

#[derive(Debug)]
struct Resting {
    connection: Pooled,
    taken: Instant,
    since: Instant,
}

/// Where a connection in use belongs.
#[derive(Debug)]
pub(crate) struct Home {
    shelf: Arc<Shelf>,
    /// When the pool gave it out.
    taken: Instant,
    _permit: OwnedSemaphorePermit,
    /// Counts it among those in use.
    pub(crate) in_use: Option<InUse>,
}

impl Shelf {
    /// For a pool of `connections`, for one of which a caller waits for `patience` at most.
    pub(crate) fn new(connections: u32, patience: Duration) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(connections as usize));
        let (closed, swept) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { resting: Mutex::default(), free, patience, opening: Circuit::new(UNREACHABLE), closed, swept })
    }

    /// A connection that rested, or one of the pool.
    pub(crate) async fn take(self: &Arc<Self>, pool: &PgPool, losses: &Losses) -> Result<(Pooled, Home), sqlx::Error> {
        let until = Until::now() + self.patience;
        let permit = timeout_at(until, Arc::clone(&self.free).acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let home = |taken| Home { shelf: Arc::clone(self), taken, _permit: permit, in_use: None };
        let rested = self.resting().pop();
        match rested {
            // after a loss the pool tries each before it gives it out
            Some(rested) if !losses.concern(rested.since.elapsed()) => Ok((rested.connection, home(rested.taken))),
            doubtful => {
                drop(doubtful);
                // in a place of its own: every read would be as large as what opens a connection, and few do
                let connection = Box::pin(self.open(pool, until)).await?;
                Ok((connection, home(Instant::now())))
            }
        }
    }

    /// A connection of the pool, which tries to open one until then. When that was in vain it is tried on behind everybody's
    /// back, and whoever comes is told at once: each of them would wait as long.
    async fn open(&self, pool: &PgPool, until: Until) -> Result<Pooled, sqlx::Error> {
        let pass = self.opening.admit(Instant::now()).map_err(|_| refused())?;
        if pass.is_probe() {
            let (pool, until) = (pool.clone(), Until::now() + self.patience);
            tokio::spawn(async move { drop(opened(&pool, until, pass).await) });
            return Err(refused());
        }
        opened(pool, until, pass).await
    }

    /// Connections that are here.
    pub(crate) fn resting_now(&self) -> usize {
        self.resting().len()
    }

    /// Gives everything back to the pool, for good.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(mem::take(&mut *self.resting()));
    }

    fn put(self: &Arc<Self>, connection: Pooled, taken: Instant) {
        if taken.elapsed() > KEPT {
            return;
        }
        let mut resting = self.resting();
        // looked at under the lock: what is put after the shelf was emptied would keep the pool from closing
        if self.closed.load(Ordering::SeqCst) {
            return;
        }
        resting.push(Resting { connection, taken, since: Instant::now() });
        drop(resting);
        if !self.swept.swap(true, Ordering::SeqCst) {
            tokio::spawn(Arc::clone(self).sweep());
        }
    }

    /// Gives back what rests for long, until nothing is here.
    async fn sweep(self: Arc<Self>) {
        loop {
            tokio::time::sleep(REST).await;
            let mut resting = self.resting();
            let place = resting.partition_point(|rested| rested.since.elapsed() > REST);
            let old: Vec<Resting> = resting.drain(..place).collect();
            let is_empty = resting.is_empty();
            if is_empty {
                // under the lock: whoever puts one next begins anew
                self.swept.store(false, Ordering::SeqCst);
            }
            drop(resting);
            drop(old);
            if is_empty {
                return;
            }
        }
    }

    fn resting(&self) -> MutexGuard<'_, Vec<Resting>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the pool has, or can open until then. Whoever may have a connection and gets none in time waits for the server, not for
/// others.
async fn opened(pool: &PgPool, until: Until, mut pass: Pass) -> Result<Pooled, sqlx::Error> {
    match timeout_at(until, pool.acquire()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Ok(connection) => {
            pass.sound(Instant::now());
            Ok(connection)
        }
        Err(sqlx::Error::PoolTimedOut) => {
            pass.failed(Instant::now(), Verdict::Fault, &Failure::from(refused()).into());
            let in_vain = io::Error::new(io::ErrorKind::NotConnected, "no connection could be opened in time");
            Err(sqlx::Error::Io(in_vain))
        }
        Err(other) => Err(other),
    }
}

/// Nothing was tried: it was in vain a moment ago.
fn refused() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::WouldBlock, "no connection can be opened for the moment"))
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let resting = self.resting.get_mut().unwrap_or_else(PoisonError::into_inner);
        for rested in resting.drain(..) {
            // the pool may be gone, and its runtime with it
            drop(rested.connection.detach());
        }
    }
}

impl Home {
    /// Keeps a connection, of which every answer was read, for who comes next.
    pub(crate) fn put(self, connection: Pooled) {
        self.shelf.put(connection, self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
    use std::sync::atomic::AtomicUsize;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn while_no_connection_can_be_opened_one_tries_and_the_others_are_told_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tried = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tried);
        // it takes connections, and never says a word
        let server = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                held.push(socket);
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(port).ssl_mode(PgSslMode::Disable);
        let pool = PgPoolOptions::new().connect_lazy_with(options);
        let shelf = Shelf::new(4, Duration::from_millis(300));
        let mut waited = 0;
        for _ in 0..40 {
            match shelf.take(&pool, &Losses::new()).await.unwrap_err() {
                sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::NotConnected => waited += 1,
                sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::WouldBlock => {}
                other => panic!("{other}"),
            }
            // longer than the rest, at the end
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(waited, 1, "the first one waits, and nobody after it");
        let tried = tried.load(Ordering::SeqCst);
        assert!((2..20).contains(&tried), "{tried} of 40 tried");
        server.abort();
    }
}
