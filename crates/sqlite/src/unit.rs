//! One unit of work on the writer's connection.

use jarvis_core::{
    Error, Result,
    ports::{
        Tx, Unit,
        store::{
            WriteAccounts, WriteApiKeys, WriteAudit, WriteConversations, WriteErasures, WriteForeignIds,
            WriteGenerations, WriteIdempotency, WriteInvites, WriteLogins, WriteMemories, WriteMessages, WriteNodes,
            WriteOutbox, WriteRestore, WriteSealing, WriteSessions, WriteStats, WriteUsers,
        },
    },
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{
    db::Db,
    error::{Attempt, deadline},
    run::{On, Run},
};

/// The writer's connection while units run on it.
///
/// A unit's future must be `Send`, so its transaction must be `Sync`: hence the mutexes, which nobody ever contends.
pub(crate) struct UnitConnection {
    db: Mutex<Db>,
    /// The first error after which the unit cannot be kept, even if it swallows it.
    doom: Mutex<Option<Error>>,
    /// Whether a unit removed something, so that the file may be made smaller and the log must be emptied.
    erased: AtomicBool,
}

impl UnitConnection {
    pub(crate) fn new(db: Db) -> Self {
        Self { db: Mutex::new(db), doom: Mutex::new(None), erased: AtomicBool::new(false) }
    }

    /// The connection. Statements run at once: nothing is awaited while it is held.
    pub(crate) fn db(&self) -> MutexGuard<'_, Db> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one write.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&Db) -> Attempt<T>) -> Result<T> {
        // SQLite may have ended the transaction by itself: what followed would be kept although the unit is not
        if let Some(error) = &*self.doom() {
            return Err(error.clone());
        }
        write(&self.db()).map_err(|failure| {
            let harmless = failure.is_harmless();
            let error = Error::from(failure);
            if !harmless {
                self.doom().get_or_insert_with(|| error.clone());
            }
            error
        })
    }

    /// Notes that a unit removed something.
    pub(crate) fn note_erased(&self) {
        self.erased.store(true, Ordering::Relaxed);
    }

    /// Whether a unit removed something since this was last asked.
    pub(crate) fn take_erased(&self) -> bool {
        self.erased.swap(false, Ordering::Relaxed)
    }

    fn doom(&self) -> MutexGuard<'_, Option<Error>> {
        self.doom.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run for UnitConnection {
    async fn ask<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Attempt<T> + Send + 'static,
    {
        self.write(read)
    }
}

impl Tx for On<UnitConnection> {
    fn users(&self) -> &dyn WriteUsers {
        self
    }
    fn sessions(&self) -> &dyn WriteSessions {
        self
    }
    fn conversations(&self) -> &dyn WriteConversations {
        self
    }
    fn messages(&self) -> &dyn WriteMessages {
        self
    }
    fn generations(&self) -> &dyn WriteGenerations {
        self
    }
    fn memories(&self) -> &dyn WriteMemories {
        self
    }
    fn stats(&self) -> &dyn WriteStats {
        self
    }
    fn outbox(&self) -> &dyn WriteOutbox {
        self
    }
    fn foreign_ids(&self) -> &dyn WriteForeignIds {
        self
    }
    fn idempotency(&self) -> &dyn WriteIdempotency {
        self
    }
    fn audit(&self) -> &dyn WriteAudit {
        self
    }
    fn restore(&self) -> &dyn WriteRestore {
        self
    }
    fn erasures(&self) -> &dyn WriteErasures {
        self
    }
    fn nodes(&self) -> &dyn WriteNodes {
        self
    }
    fn sealing(&self) -> &dyn WriteSealing {
        self
    }
    fn accounts(&self) -> &dyn WriteAccounts {
        self
    }
    fn logins(&self) -> &dyn WriteLogins {
        self
    }
    fn api_keys(&self) -> &dyn WriteApiKeys {
        self
    }
    fn invites(&self) -> &dyn WriteInvites {
        self
    }
}

/// Runs a unit within its own savepoint of the open transaction: kept when it answers `Ok`, rolled back otherwise.
pub(crate) fn run(on: &On<UnitConnection>, unit: Unit, allowed: Duration) -> Result<()> {
    on.0.db().execute("SAVEPOINT unit", [])?;
    on.0.doom().take();
    on.0.db().counters.drop_unit();
    on.0.db().allow(allowed);
    let outcome = poll_once(on, unit);
    let late = on.0.db().is_late();
    on.0.db().allow_all();
    let verdict = match (outcome, on.0.doom().take()) {
        (Err(error), _) | (Ok(()), Some(error)) => Err(error),
        (Ok(()), None) if late => Err(deadline()),
        (Ok(()), None) => Ok(()),
    };
    let db = on.0.db();
    match verdict {
        Ok(()) => {
            db.execute("RELEASE unit", [])?;
            db.counters.keep_unit();
            Ok(())
        }
        Err(error) => {
            // SQLite ends the whole transaction by itself after some errors; the group notices
            if !db.connection.is_autocommit() {
                db.execute("ROLLBACK TO unit", [])?;
                db.execute("RELEASE unit", [])?;
            }
            Err(error)
        }
    }
}

/// A unit awaits nothing but its own statements, and those are done when they return: so it is ready at the first poll.
/// One that is not would hold up every other write.
fn poll_once(on: &On<UnitConnection>, unit: Unit) -> Result<()> {
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut future = unit(on);
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(outcome)) => outcome,
        Ok(Poll::Pending) => Err(Error::internal("a unit of work awaited something that is not its transaction")),
        Err(_) => Err(Error::internal("a unit of work panicked")),
    }
}
