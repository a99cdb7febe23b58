//! The one thread that writes, and group commit.
//!
//! Each unit is a savepoint of a shared transaction, which is committed when nobody waits, or after a number of units or
//! a few milliseconds. Callers are answered only after the COMMIT that made their unit durable. Source: DeWitt et al.,
//! "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984.

use jarvis_core::{
    Error, ErrorKind, Result,
    observe::{Operation, SlowKind},
    ports::Unit,
};
use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

use crate::{
    checkpoint::{self, Checkpointer, HARD_FRAMES, SOFT_FRAMES},
    connection,
    db::Db,
    error::{Attempt, RETRY_AFTER, closed},
    nouns::stats,
    queue::{Popped, Queue},
    run::On,
    scrub,
    unit::{self, UnitConnection},
};

/// Units that may wait for the writer.
const QUEUED: usize = 1024;
/// How long a unit waits for a place in the queue.
const PATIENCE: Duration = Duration::from_secs(5);
/// Free pages are given back to the file system after the writer was idle for this long.
const VACUUM_AFTER: Duration = Duration::from_millis(250);
/// Pages given back at once: a few milliseconds, so that a unit that comes meanwhile hardly waits.
const VACUUM_PAGES: i64 = 256;

const GROUP_UNITS: &str = "jarvis_sqlite_group_units";
const COMMIT_SECONDS: &str = "jarvis_sqlite_commit_seconds";

thread_local! {
    /// Pages in the log after the last commit of this thread: the hook that tells may hold nothing of its own.
    static FRAMES: Cell<u32> = const { Cell::new(0) };
}

struct Job {
    since: Instant,
    unit: Unit,
    answer: oneshot::Sender<Result<()>>,
}

/// How the writer works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Units in a group at most.
    pub(crate) group_size: usize,
    /// A group ends at the latest after this.
    pub(crate) group_time: Duration,
    /// How long a unit may take.
    pub(crate) unit_time: Duration,
}

/// The way to the thread that writes.
pub(crate) struct Writer {
    queue: Arc<Queue<Job>>,
    trouble: Arc<Mutex<Option<Error>>>,
    writes: Operation,
}

impl Writer {
    pub(crate) fn start(db: Db, limits: Limits, checkpointer: Checkpointer) -> (Self, std::io::Result<JoinHandle<()>>) {
        db.connection.wal_hook(Some(|_, pages| {
            FRAMES.set(pages.unsigned_abs());
            Ok(())
        }));
        metrics::describe_histogram!(GROUP_UNITS, "Units of work that one COMMIT made durable.");
        metrics::describe_histogram!(COMMIT_SECONDS, metrics::Unit::Seconds, "Time of a COMMIT with its sync.");
        let queue = Arc::new(Queue::new("sqlite_write", QUEUED, PATIENCE));
        let trouble = Arc::new(Mutex::new(None));
        let thread = WriterThread {
            on: On(UnitConnection::new(db)),
            queue: Arc::clone(&queue),
            limits,
            checkpointer,
            checkpoint_at: SOFT_FRAMES,
            trouble: Arc::clone(&trouble),
            group_units: metrics::histogram!(GROUP_UNITS),
            commit_seconds: metrics::histogram!(COMMIT_SECONDS),
        };
        let thread = std::thread::Builder::new().name("sqlite-write".into()).spawn(move || thread.serve());
        let writes = Operation::new("sqlite", "write").slow_as(SlowKind::Store);
        (Self { queue, trouble, writes }, thread)
    }

    /// Runs a unit and answers when it is durable. The unit goes on when the caller does not wait for it.
    pub(crate) async fn run(&self, unit: Unit) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let running = async {
            self.queue.push(Job { since: Instant::now(), unit, answer }).await?;
            answered.await.map_err(|_| closed())?
        };
        self.writes.measure(running).await
    }

    /// Why the last COMMIT failed, if it did.
    pub(crate) fn trouble(&self) -> Option<Error> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Units waiting.
    pub(crate) fn backlog(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

struct WriterThread {
    on: On<UnitConnection>,
    queue: Arc<Queue<Job>>,
    limits: Limits,
    checkpointer: Checkpointer,
    /// Pages at which the next checkpoint is asked for.
    checkpoint_at: u32,
    trouble: Arc<Mutex<Option<Error>>>,
    group_units: metrics::Histogram,
    commit_seconds: metrics::Histogram,
}

impl WriterThread {
    fn serve(mut self) {
        let mut vacuum_due = false;
        loop {
            match self.queue.pop(vacuum_due.then_some(VACUUM_AFTER)) {
                Popped::Item(job) => {
                    self.group(job);
                    self.checkpoint();
                    vacuum_due |= self.on.0.take_erased();
                }
                Popped::Nothing => {
                    vacuum_due = self.tidy().unwrap_or_else(|error| {
                        tracing::warn!(error = ?Error::from(error), "free pages could not be given back");
                        false
                    });
                    self.checkpoint();
                }
                Popped::Closed => break,
            }
        }
        if let Err(error) = checkpoint::run(&self.on.0.db().connection, "TRUNCATE") {
            tracing::warn!(error = ?Error::from(error), "the write-ahead log stays beside the database until the next start");
        }
    }

    /// Runs `first` and whoever waits, commits, answers.
    fn group(&self, first: Job) {
        if let Err(failure) = self.on.0.db().execute("BEGIN IMMEDIATE", []) {
            let _ = first.answer.send(Err(failure.into()));
            return;
        }
        let began = Instant::now();
        let mut kept = Vec::with_capacity(self.limits.group_size);
        let mut next = Some(first);
        let mut units = 0;
        while let Some(Job { since, unit, answer }) = next {
            units += 1;
            self.queue.waited(since.elapsed());
            match unit::run(&self.on, unit, self.limits.unit_time) {
                Ok(()) => kept.push(answer),
                Err(error) => {
                    let lost = self.on.0.db().connection.is_autocommit();
                    let _ = answer.send(Err(error.clone()));
                    if lost {
                        self.on.0.db().counters.drop_group();
                        return answer_all(kept, &Err(for_neighbours(error)));
                    }
                }
            }
            let full = units >= self.limits.group_size || began.elapsed() >= self.limits.group_time;
            next = if full { None } else { self.queue.try_pop() };
        }
        self.group_units.record(f64::from(u32::try_from(units).unwrap_or(u32::MAX)));
        let committed = self.commit();
        answer_all(kept, &committed);
    }

    fn commit(&self) -> Result<()> {
        let began = Instant::now();
        let db = self.on.0.db();
        let written = stats::write_counters(&db).and_then(|()| db.execute("COMMIT", []));
        let committed = written.map(drop).map_err(Error::from);
        self.commit_seconds.record(began.elapsed());
        if let Err(error) = &committed {
            tracing::warn!(error = ?error, "a group of writes could not be committed");
            db.counters.drop_group();
            if !db.connection.is_autocommit()
                && let Err(error) = db.execute("ROLLBACK", [])
            {
                tracing::error!(error = ?Error::from(error), "a failed transaction could not be rolled back");
            }
        }
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = committed.clone().err();
        committed
    }

    fn checkpoint(&mut self) {
        let frames = FRAMES.get();
        if frames < SOFT_FRAMES {
            self.checkpoint_at = SOFT_FRAMES; // the log began anew
        } else if frames >= self.checkpoint_at {
            self.checkpoint_at = frames.saturating_add(SOFT_FRAMES);
            if frames < HARD_FRAMES {
                self.checkpointer.ask();
            } else if let Err(error) = checkpoint::run(&self.on.0.db().connection, "PASSIVE") {
                tracing::warn!(error = ?Error::from(error), "the write-ahead log could not be copied into the database");
            }
        }
    }

    /// Gives some free pages back, then takes what was deleted out of the log; whether there is more to do.
    fn tidy(&self) -> Attempt<bool> {
        if self.vacuum()? {
            return Ok(true);
        }
        let db = self.on.0.db();
        // whoever reads now goes first: it is tried again
        db.connection.busy_timeout(Duration::ZERO)?;
        let emptied = scrub::empty_log(&db.connection);
        db.connection.busy_timeout(connection::BUSY_TIMEOUT)?;
        Ok(!emptied?)
    }

    /// Gives some free pages back; whether there are more.
    fn vacuum(&self) -> Attempt<bool> {
        let db = self.on.0.db();
        let free = |db: &Db| db.connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0));
        if free(&db)? < VACUUM_PAGES {
            return Ok(false); // new rows will use these
        }
        let mut statement = db.connection.prepare(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(free(&db)? >= VACUUM_PAGES)
    }
}

/// What those hear who shared a transaction that somebody else's unit ended.
fn for_neighbours(error: Error) -> Error {
    if error.kind() == ErrorKind::DeadlineExceeded {
        return ErrorKind::Unavailable
            .error("a slow write ended the transaction that this one shared; try again")
            .with_retry_after(RETRY_AFTER)
            .with_source(error);
    }
    error
}

fn answer_all(waiting: Vec<oneshot::Sender<Result<()>>>, outcome: &Result<()>) {
    for answer in waiting {
        // a caller that has gone does not undo its unit
        let _ = answer.send(outcome.clone());
    }
}
