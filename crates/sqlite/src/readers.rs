//! Threads that read, one connection each.

use jarvis_core::{Error, Result};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
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

type Job = Box<dyn FnOnce(&Db) + Send>;

/// The way to the threads that read.
pub(crate) struct Readers {
    queue: Arc<Queue<Job>>,
}

impl Readers {
    /// One thread for each connection; a read waits `patience` for a place in the queue.
    pub(crate) fn start(connections: Vec<Db>, patience: Duration) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let queue = Arc::new(Queue::new(QUEUED, patience));
        let mut threads = Vec::with_capacity(connections.len());
        for (number, db) in connections.into_iter().enumerate() {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name(format!("sqlite-read-{number}"));
            threads.push(thread.spawn(move || serve(&db, &queue))?);
        }
        Ok((Self { queue }, threads))
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

impl Run for Readers {
    async fn ask<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Attempt<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // nobody listens when the caller has gone
            let _ = answer.send(answer_of(db, read));
        });
        self.queue.push(job).await?;
        answered.await.map_err(|_| closed())?
    }
}

fn serve(db: &Db, queue: &Queue<Job>) {
    while let Popped::Item(job) = queue.pop(None) {
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
