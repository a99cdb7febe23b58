//! Threads that read, one connection each.

use jarvis_core::{
    Error, Result,
    observe::{Operation, PoolMeter, SlowKind},
};
use std::{
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

use crate::{
    db::Db,
    error::{Attempt, Failure, closed, deadline},
    queue::{Popped, Queue},
    run::Run,
};

/// Reads that may wait for a thread.
const QUEUED: usize = 1024;
/// How long a read may take.
const ALLOWED: Duration = Duration::from_secs(10);

/// Work, and since when it waits.
type Job = (Instant, Box<dyn FnOnce(&Db) + Send>);

/// The way to the threads that read.
pub(crate) struct Readers {
    queue: Arc<Queue<Job>>,
    reads: Operation,
}

impl Readers {
    /// One thread for each connection; a read waits `patience` for a place in the queue.
    pub(crate) fn start(connections: Vec<Db>, patience: Duration) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let queue = Arc::new(Queue::new("sqlite_read", QUEUED, patience));
        let pool = Arc::new(PoolMeter::new("sqlite_read", connections.len()));
        pool.holds(connections.len());
        let mut threads = Vec::with_capacity(connections.len());
        for (number, db) in connections.into_iter().enumerate() {
            let (queue, pool) = (Arc::clone(&queue), Arc::clone(&pool));
            let thread = std::thread::Builder::new().name(format!("sqlite-read-{number}"));
            threads.push(thread.spawn(move || serve(&db, &queue, &pool))?);
        }
        let reads = Operation::new("sqlite", "read").slow_as(SlowKind::Store);
        Ok((Self { queue, reads }, threads))
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

impl Run for Readers {
    #[track_caller]
    fn ask<T, F>(&self, read: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Attempt<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = move |db: &Db| {
            // nobody listens when the caller has gone
            let _ = answer.send(answer_of(db, read));
        };
        self.reads.measure_at(Location::caller(), async move {
            self.queue.push((Instant::now(), Box::new(job))).await?;
            answered.await.map_err(|_| closed())?
        })
    }
}

fn serve(db: &Db, queue: &Queue<Job>, pool: &PoolMeter) {
    while let Popped::Item((since, job)) = queue.pop(None) {
        let _in_use = pool.take(since.elapsed());
        job(db);
    }
}

fn answer_of<T>(db: &Db, read: impl FnOnce(&Db) -> Attempt<T>) -> Result<T> {
    db.allow(ALLOWED);
    // a defect in one read must not take the thread from the others
    let answer = catch_unwind(AssertUnwindSafe(|| read(db)));
    let late = db.is_late();
    db.allow_all();
    match answer {
        Ok(Ok(value)) => Ok(value),
        // a function called by SQL may have been the one that was interrupted
        Ok(Err(Failure::Sqlite(error))) if late => Err(deadline().with_source(error)),
        Ok(Err(failure)) => Err(failure.into()),
        Err(_) => {
            if !db.connection.is_autocommit() {
                let _ = db.connection.execute_batch("ROLLBACK");
            }
            Err(Error::internal("a read of the store panicked"))
        }
    }
}
