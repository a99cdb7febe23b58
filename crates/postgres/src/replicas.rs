//! Reading from copies of the database, and never an older state than the caller has written.
//!
//! What a person wrote through this store is remembered by its place in the server's log; a copy answers them once it has
//! replayed it. What they wrote through another node is not known here: people of a store with copies are to be served by one
//! node each.

use jarvis_core::{Result, Scope, id::UserId};
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPool},
};
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    PostgresOptions,
    error::Attempt,
    pool::{self, Losses, Plans, Pooled},
};

/// How long it is believed how far a copy has come: it can only have come further.
const BELIEVED: Duration = Duration::from_millis(5);
/// How long a copy that failed is left alone.
const REST: Duration = Duration::from_secs(1);
/// People whose last write is remembered one by one; what is forgotten counts for everybody.
const PEOPLE: usize = 100_000;
/// Behind every place there is.
const UNKNOWN: i64 = i64::MAX;
/// How long a server may take to say whether it takes writes.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// The copies, and what must have reached them.
pub(crate) struct Replicas {
    copies: Vec<Replica>,
    next: AtomicUsize,
    writes: Mutex<Writes>,
}

struct Replica {
    pool: PgPool,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    /// The place in the log up to which it has replayed.
    replayed: i64,
    /// Since when that is known.
    at: Option<Instant>,
    /// It is left alone until then.
    rests_until: Option<Instant>,
}

/// Places in the server's log.
#[derive(Default)]
struct Writes {
    /// Of everybody's writes that are not remembered one by one.
    floor: i64,
    people: HashMap<UserId, i64>,
}

impl Replicas {
    /// Without connecting yet.
    pub(crate) fn new(options: &PostgresOptions, plans: Plans) -> Result<Self> {
        let copy = |url: &String| -> Result<Replica> {
            let options = PostgresOptions { url: url.clone(), acquire_timeout: PROBE_TIME, ..options.clone() };
            let connect = pool::connect_options(&options, plans)?;
            let state = State { replayed: 0, at: None, rests_until: None };
            let pool = pool::pool(&options, &Losses::new()).connect_lazy_with(connect);
            Ok(Replica { pool, state: Mutex::new(state) })
        };
        let copies = options.replicas.iter().map(copy).collect::<Result<_>>()?;
        Ok(Self { copies, next: AtomicUsize::new(0), writes: Mutex::new(Writes::default()) })
    }

    pub(crate) fn are_there(&self) -> bool {
        !self.copies.is_empty()
    }

    pub(crate) async fn close(&self) {
        for copy in &self.copies {
            copy.pool.close().await;
        }
    }

    /// Notes a commit: on whose behalf it wrote, and a place in the log that is not before it. When that is not known, no copy
    /// is read from until a later one is.
    pub(crate) fn note_write(&self, scopes: &[Scope], place: Option<i64>) {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        for scope in scopes {
            if scope.is_system() {
                // it may have written what is anybody's
                writes.floor = later(writes.floor, place);
            } else {
                let last = writes.people.entry(scope.user()).or_default();
                *last = later(*last, place);
            }
        }
        if writes.people.len() > PEOPLE {
            let forgotten = writes.people.drain().map(|(_, place)| place).max();
            writes.floor = writes.floor.max(forgotten.unwrap_or_default());
        }
    }

    /// A connection to a copy that has replayed what the scope's user wrote; none when there is no such copy now, and for the
    /// product itself, which reads what anybody wrote.
    pub(crate) async fn connection(&self, scope: Scope) -> Option<Pooled> {
        if self.copies.is_empty() || scope.is_system() {
            return None;
        }
        let wanted = self.wanted(scope.user());
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for number in 0..self.copies.len() {
            let copy = &self.copies[(first + number) % self.copies.len()];
            if let Some(connection) = copy.connection(wanted).await {
                return Some(connection);
            }
        }
        None
    }

    fn wanted(&self, user: UserId) -> i64 {
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.people.get(&user).copied().unwrap_or_default().max(writes.floor)
    }
}

/// Of a place that was noted and one of a later commit, the one that covers both.
fn later(noted: i64, place: Option<i64>) -> i64 {
    match place {
        None => UNKNOWN,
        Some(place) if noted == UNKNOWN => place,
        Some(place) => place.max(noted),
    }
}

impl Replica {
    async fn connection(&self, wanted: i64) -> Option<Pooled> {
        let state = *self.state();
        if state.rests_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let is_there = state.replayed >= wanted && state.at.is_some();
        let is_new = state.at.is_some_and(|at| at.elapsed() < BELIEVED);
        if !is_there && is_new {
            return None;
        }
        let found = self.look(is_there, wanted).await;
        found.unwrap_or_else(|_| {
            self.state().rests_until = Some(Instant::now() + REST);
            None
        })
    }

    /// A connection, when the copy has come as far as is wanted; asks it unless that is known.
    async fn look(&self, is_there: bool, wanted: i64) -> Attempt<Option<Pooled>> {
        let mut connection = self.pool.acquire().await?;
        if is_there {
            return Ok(Some(connection));
        }
        let replayed = sqlx::query_file_scalar!("sql/replicas/replayed.sql").fetch_one(&mut *connection).await?;
        let mut state = self.state();
        state.replayed = replayed;
        state.at = Some(Instant::now());
        state.rests_until = None;
        Ok((replayed >= wanted).then_some(connection))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place in the log behind everything that is committed.
pub(crate) async fn place(connection: &mut PgConnection) -> Attempt<i64> {
    Ok(sqlx::query_file_scalar!("sql/replicas/place.sql").fetch_one(connection).await?)
}

/// Which of the servers takes writes: the first that does.
pub(crate) async fn primary(servers: &[PgConnectOptions]) -> Option<usize> {
    for (number, server) in servers.iter().enumerate() {
        let asked = async {
            let mut connection = PgConnection::connect_with(server).await?;
            let copy = sqlx::query_file_scalar!("sql/replicas/is_copy.sql").fetch_one(&mut connection).await?;
            let _ = connection.close().await; // it was asked
            Ok::<bool, sqlx::Error>(copy)
        };
        if let Ok(Ok(false)) = tokio::time::timeout(PROBE_TIME, asked).await {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_place_covers_one_that_is_not_known() {
        assert_eq!((later(5, Some(7)), later(7, Some(5))), (7, 7));
        assert_eq!(later(later(5, None), Some(9)), 9);
        assert_eq!(later(5, None), UNKNOWN);
    }
}
