//! One unit of work in one transaction.

use futures_core::future::BoxFuture;
use futures_util::{
    FutureExt,
    future::{Either, select},
};
use jarvis_core::{
    Error, Result, Scope, observe,
    ports::{
        Tx,
        store::{
            WriteAccounts, WriteApiKeys, WriteAudit, WriteConversations, WriteErasures, WriteForeignIds,
            WriteGenerations, WriteIdempotency, WriteInvites, WriteLogins, WriteMemories, WriteMessages, WriteNodes,
            WriteOutbox, WriteRestore, WriteSealing, WriteSessions, WriteStats, WriteUsers,
        },
    },
};
use std::{
    borrow::Borrow,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{
        Arc, Mutex as Cell, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Mutex;

use crate::{
    counters,
    db::Db,
    deadline::Deadline,
    error::{self, Attempt},
    nouns::audit,
    pool::Place,
    run::{On, Run},
};

/// The connection of a unit while it runs.
///
/// A unit reaches its transaction from shared references, so the connection is behind a lock that is held while a statement
/// runs. Nobody but the unit itself can wait for it, when it asks for two things at once.
pub(crate) struct UnitConnection {
    db: Mutex<Db>,
    /// The first error after which the unit cannot be kept, even if it swallows it.
    doom: Cell<Option<Error>>,
    /// Whether the connection cannot be used again.
    lost: AtomicBool,
    /// On whose behalf something was written.
    scopes: Cell<Vec<Scope>>,
}

impl UnitConnection {
    /// Runs one write on behalf of `scope`: `self.0.write(scope, move |db| Box::pin(insert(db, scope, new))).await`.
    pub(crate) async fn write<T, F>(&self, scope: impl Borrow<Scope> + Send, write: F) -> Result<T>
    where
        F: for<'a> FnOnce(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send,
    {
        self.note_scope(*scope.borrow());
        self.work(write).await
    }

    /// Whether what the unit writes could be kept: a standby takes reads only.
    pub(crate) async fn takes_writes(&self) -> Result<bool> {
        let is_copy = self.work(|db| {
            Box::pin(async {
                Ok(sqlx::query_file_scalar!("sql/replicas/is_copy.sql").fetch_one(db.connection()).await?)
            })
        });
        Ok(!is_copy.await?)
    }

    async fn work<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'a> FnOnce(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send,
    {
        // the server takes no further statement of a transaction that failed, and says so in words that explain nothing
        if let Some(error) = &*self.doom() {
            return Err(error.clone());
        }
        let mut db = self.db.lock().await;
        work(&mut db).await.map_err(|failure| {
            let (harmless, loss) = (failure.is_harmless(), failure.is_loss());
            let error = Error::from(failure);
            if !harmless {
                self.doom().get_or_insert_with(|| error.clone());
            }
            self.lost.fetch_or(loss, Ordering::Relaxed);
            error
        })
    }

    fn note_scope(&self, scope: Scope) {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }

    fn doom(&self) -> MutexGuard<'_, Option<Error>> {
        self.doom.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run for UnitConnection {
    async fn ask<T, F>(&self, _scope: Scope, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send + Sync + 'static,
    {
        self.work(read).await
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

/// Runs a unit in a task of its own: a caller that goes away neither stops nor undoes it.
pub(crate) async fn run<U>(place: Arc<Place>, unit: U) -> Result<()>
where
    U: for<'t> FnOnce(&'t On<UnitConnection>) -> BoxFuture<'t, Result<()>> + Send + 'static,
{
    let task = tokio::spawn(observe::carried(in_task(Arc::clone(&place), unit)));
    place.writes.measure(async { task.await.map_err(Error::internal)? }).await
}

async fn in_task<U>(place: Arc<Place>, unit: U) -> Result<()>
where
    U: for<'t> FnOnce(&'t On<UnitConnection>) -> BoxFuture<'t, Result<()>> + Send,
{
    let (db, deadline) = begin(&place).await?;
    let on = On(UnitConnection {
        db: Mutex::new(db),
        doom: Cell::new(None),
        lost: AtomicBool::new(false),
        scopes: Cell::default(),
    });
    let outcome = {
        let work = pin!(AssertUnwindSafe(async { unit(&on).await }).catch_unwind());
        match select(work, pin!(deadline.passed())).await {
            Either::Left((outcome, _)) => outcome.unwrap_or_else(|_| Err(Error::internal("a unit of work panicked"))),
            Either::Right(((), _)) => {
                // a statement may be in the middle of the connection
                on.0.lost.store(true, Ordering::Relaxed);
                Err(error::deadline())
            }
        }
    };
    let UnitConnection { db, doom, lost, scopes } = on.0;
    let (db, lost) = (db.into_inner(), lost.into_inner());
    let outcome = match (outcome, doom.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        (Err(error), _) | (Ok(()), Some(error)) => Err(error),
        (Ok(()), None) => {
            let scopes = scopes.into_inner().unwrap_or_else(PoisonError::into_inner);
            return commit(&place, db, &scopes).await;
        }
    };
    if lost {
        place.drop_lost(db);
    } else {
        roll_back(db).await;
    }
    outcome
}

/// A connection in an open transaction. Nothing was asked of it yet, so one that was lost is replaced.
pub(crate) async fn begin(place: &Place) -> Attempt<(Db, Arc<Deadline>)> {
    match begin_once(place).await {
        Err(failure) if failure.is_loss() => begin_once(place).await,
        outcome => outcome,
    }
}

async fn begin_once(place: &Place) -> Attempt<(Db, Arc<Deadline>)> {
    let mut db = place.acquire().await?;
    let deadline = Arc::new(Deadline::after(place.options.unit_time));
    match db.begin(Arc::clone(&deadline)).await {
        Ok(()) => Ok((db, deadline)),
        Err(failure) => {
            place.note(&failure);
            db.discard();
            Err(failure)
        }
    }
}

/// Writes what the unit counted and keeps it. No statement has failed, so COMMIT does not roll back in silence.
pub(crate) async fn commit(place: &Place, mut db: Db, scopes: &[Scope]) -> Result<()> {
    let outcome = match write_last(&mut db).await {
        Ok(()) => db.run("COMMIT").await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => {
            place.note_write(&mut db, scopes).await;
            db.give_back();
            Ok(())
        }
        Err(failure) => {
            place.note(&failure);
            if failure.is_loss() {
                db.discard();
            } else {
                roll_back(db).await;
            }
            Err(failure.into())
        }
    }
}

/// What others wait for is written last: counters, and then the trail, which is one for all.
async fn write_last(db: &mut Db) -> Attempt<()> {
    counters::write(db).await?;
    audit::write(db).await
}

pub(crate) async fn roll_back(mut db: Db) {
    if db.run("ROLLBACK").await.is_ok() {
        db.give_back();
    } else {
        db.discard();
    }
}
