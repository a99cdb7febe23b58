//! The thread that makes changes durable.

use jarvis_core::{Error, ErrorKind, Result, types::OutboxSeq};
use std::{
    collections::HashSet,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};
use tantivy::{Index, IndexReader, IndexWriter, TantivyError};
use tokio::sync::{Notify, oneshot};

use super::{
    document::write,
    generation::{Change, Generation},
    index::TextOptions,
    open::{Opened, Stamp, open, remove, remove_aside, set_aside, writer},
    purge,
    schema::Fields,
    snapshot::Snapshot,
    state::{State, unreadable},
};

/// The longest pause between two attempts to commit.
const MAX_BACKOFF: Duration = Duration::from_secs(30);
/// How often finished merges are looked for while there may be some.
const TICK: Duration = Duration::from_secs(2);
/// Merges are over this long after the last commit.
const MERGING: Duration = Duration::from_mins(5);
/// What was erased leaves the files at the latest after this, even if the index never rests.
const PURGE_AFTER: Duration = Duration::from_mins(1);
/// Between two verifications that searches asked for.
const VERIFY_PAUSE: Duration = Duration::from_mins(1);

/// What the thread is told.
pub(crate) enum Command {
    /// There are changes.
    Wake,
    /// Commit now.
    Commit(oneshot::Sender<Result<OutboxSeq>>),
    /// Commit, take what was deleted out of the files, and answer whether that is done.
    Scrub(oneshot::Sender<Result<bool>>),
    /// Forget everything.
    Clear(oneshot::Sender<Result<()>>),
    /// A search failed: find out whether the files are damaged.
    Verify,
    /// End.
    Stop,
}

/// What the thread shares with the port.
pub(crate) struct Shared {
    pub(crate) fields: Arc<Fields>,
    pub(crate) options: TextOptions,
    pub(crate) state: RwLock<State>,
    /// Commits made room in the tail.
    pub(crate) room: Notify,
    /// A [`Command::Wake`] is on its way: another would say nothing new.
    pub(crate) woken: AtomicBool,
    /// The same for [`Command::Verify`].
    pub(crate) suspected: AtomicBool,
    /// What is wrong and what to do.
    pub(crate) problem: RwLock<Option<&'static str>>,
}

impl Shared {
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn problem(&self) -> Option<&'static str> {
        *self.problem.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_problem(&self, problem: Option<&'static str>) {
        *self.problem.write().unwrap_or_else(PoisonError::into_inner) = problem;
    }
}

/// The thread's own.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    dir: Option<PathBuf>,
    index: Index,
    reader: IndexReader,
    tantivy: Option<IndexWriter>,
    /// The last commit, as searches see it.
    snapshot: Arc<Snapshot>,
    stamp: Stamp,
    failures: u32,
    last_commit: Option<Instant>,
    last_verified: Option<Instant>,
    /// Since when something erased may still stand in a file.
    erased: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, dir: Option<PathBuf>, opened: Opened) -> Self {
        let Opened { index, reader, writer: tantivy, snapshot, stamp } = opened;
        Self {
            shared,
            dir,
            index,
            reader,
            tantivy,
            snapshot,
            stamp,
            failures: 0,
            last_commit: None,
            last_verified: None,
            // a crash may have come between an erasure and its purge
            erased: Some(Instant::now()),
        }
    }

    /// Runs until told to stop.
    pub(crate) fn run(mut self, commands: &Receiver<Command>) {
        let mut due: Option<Instant> = None;
        // files are read through once after the start, off its path
        let mut verify = self.dir.is_some();
        loop {
            let command = match self.pause(due, verify) {
                None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(pause) => commands.recv_timeout(pause),
            };
            match command {
                Ok(Command::Wake) => {
                    self.shared.woken.store(false, Ordering::SeqCst);
                    due = Some(self.due_after_wake(due));
                }
                Ok(Command::Commit(reply)) => {
                    let done = self.flush();
                    self.purge();
                    due = done.as_ref().err().map(|_| Instant::now() + self.backoff());
                    let _ = reply.send(done); // nobody waits any more: no loss
                }
                Ok(Command::Scrub(reply)) => {
                    due = None;
                    let _ = reply.send(self.scrub());
                }
                Ok(Command::Clear(reply)) => {
                    due = None;
                    let _ = reply.send(self.start_over(false));
                }
                Ok(Command::Verify) => {
                    self.verify_if_new();
                    self.shared.suspected.store(false, Ordering::SeqCst);
                }
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if due.is_none() => {
                    if mem::take(&mut verify) {
                        self.verify();
                    }
                    self.purge();
                    self.take_up_merges();
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                due = self.flush().err().map(|_| Instant::now() + self.backoff());
                if self.erased.is_some_and(|since| since.elapsed() > PURGE_AFTER) {
                    self.purge();
                }
            }
        }
    }

    /// When to commit now that changes came: soon, at once when they are many, and not before a pause that failures
    /// ask for is over.
    fn due_after_wake(&self, due: Option<Instant>) -> Instant {
        let many = self.shared.read(State::waiting) >= self.shared.options.commit_documents;
        match due {
            Some(due) if self.failures > 0 || !many => due,
            None if !many => Instant::now() + self.shared.options.commit_after,
            _ => Instant::now(),
        }
    }

    /// How long to wait for a command; for ever when there is nothing to come back for.
    fn pause(&self, due: Option<Instant>, verify: bool) -> Option<Duration> {
        let merging = self.last_commit.is_some_and(|at| at.elapsed() < MERGING);
        let due = due.map(|due| due.saturating_duration_since(Instant::now()));
        due.or_else(|| (verify || merging || self.erased.is_some()).then_some(TICK))
    }

    fn backoff(&self) -> Duration {
        (self.shared.options.commit_after * 2_u32.saturating_pow(self.failures.min(16))).min(MAX_BACKOFF)
    }

    /// Commits all that was applied when it was called.
    fn flush(&mut self) -> Result<OutboxSeq> {
        // what failed before goes first, then what came since
        let rounds = if self.shared.read(State::is_committing) { 2 } else { 1 };
        for _ in 0..rounds {
            if let Some(generation) = self.shared.write(State::seal) {
                self.commit(&generation)?;
            }
        }
        Ok(self.shared.read(State::committed))
    }

    fn commit(&mut self, generation: &Generation) -> Result<()> {
        let done = catch_unwind(AssertUnwindSafe(|| self.try_commit(generation)))
            .unwrap_or_else(|_| Err(TantivyError::SystemError("committing panicked".to_owned())));
        match done {
            Ok(()) => {
                self.failures = 0;
                self.last_commit = Some(Instant::now());
                self.shared.set_problem(None);
                self.shared.room.notify_waiters();
                Ok(())
            }
            Err(cause) => {
                // a writer that failed once refuses everything: the next attempt takes a new one
                self.tantivy = None;
                self.failures = self.failures.saturating_add(1);
                if self.failures == 1 {
                    tracing::warn!(text.cause = %cause, "the search index cannot be written; this is tried again");
                }
                self.shared.set_problem(Some(
                    "the search index cannot be written, so new texts are found from memory only; free some disk space",
                ));
                Err(ErrorKind::Unavailable
                    .error("the search index cannot be written; free some disk space, then try again")
                    .with_source(cause)
                    .with_retry_after(self.backoff()))
            }
        }
    }

    fn try_commit(&mut self, generation: &Generation) -> tantivy::Result<()> {
        let writer = match &mut self.tantivy {
            Some(writer) => writer,
            none => none.insert(writer(&self.index)?),
        };
        let stamp = Stamp { number: self.stamp.number + 1, position: generation.position() };
        // a commit may have succeeded before its attempt failed
        if Stamp::of(&self.index)? != stamp {
            write(writer, generation, &self.shared.fields, &self.snapshot)?;
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&stamp.to_string());
            prepared.commit()?;
        }
        self.snapshot = self.reload()?;
        self.shared.write(|state| state.settle(Arc::clone(&self.snapshot), stamp.position))?;
        self.stamp = stamp;
        if generation.changes().iter().any(|change| matches!(change, Change::Delete(_) | Change::DeleteConversation(_)))
        {
            self.erased.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    /// Commits, and takes what was deleted out of the files, copies that were set aside included; false when something keeps
    /// them for now.
    fn scrub(&mut self) -> Result<bool> {
        self.flush()?;
        self.erased.get_or_insert_with(Instant::now);
        self.purge();
        if let Some(dir) = &self.dir {
            remove_aside(dir).map_err(|error| cannot_replace(error.into()))?;
        }
        Ok(self.erased.is_none() && purge::is_clean(&self.index).map_err(unreadable)?)
    }

    /// Takes what was erased out of the files.
    fn purge(&mut self) {
        if self.erased.is_none() {
            return;
        }
        let Some(writer) = &mut self.tantivy else { return };
        match purge::merge_marked(&self.index, writer) {
            // a segment without any document left is dropped by the commit itself, and its files wait for the sweep below
            Ok(()) => self.erased = None,
            // a merge that was running had taken the segment, or the disk is full: tried again at the next rest
            Err(cause) => tracing::debug!(text.cause = %cause, "what was erased stays in the files for now"),
        }
        self.take_up_merges();
        // the last commit held its files until now
        if let Some(writer) = &self.tantivy
            && let Err(cause) = writer.garbage_collect_files().wait()
        {
            tracing::debug!(text.cause = %cause, "files that nobody reads stay for now");
        }
    }

    fn reload(&self) -> tantivy::Result<Arc<Snapshot>> {
        self.reader.reload()?;
        Snapshot::open(&self.reader.searcher(), &self.shared.fields)
    }

    /// Merged segments replace those they were made of, which are then freed.
    fn take_up_merges(&mut self) {
        let known: HashSet<_> = self.snapshot.segment_ids().collect();
        let current = self.index.searchable_segment_ids().map(HashSet::from_iter);
        if current.is_ok_and(|current: HashSet<_>| current != known) {
            let reloaded = self.reload().and_then(|snapshot| {
                self.snapshot = snapshot;
                self.shared.write(|state| state.replace_snapshot(Arc::clone(&self.snapshot)))
            });
            if let Err(cause) = reloaded {
                tracing::warn!(text.cause = %cause, "the search index cannot be read again after a merge");
                self.verify_if_new();
            }
        }
    }

    fn verify_if_new(&mut self) {
        if self.last_verified.is_none_or(|at| at.elapsed() > VERIFY_PAUSE) {
            self.verify();
        }
    }

    /// Reads every file through and starts over if one is damaged.
    fn verify(&mut self) {
        self.last_verified = Some(Instant::now());
        let damaged = match self.index.validate_checksum() {
            Ok(files) => !files.is_empty(),
            Err(cause) => {
                tracing::warn!(text.cause = %cause, "a file of the search index cannot be read");
                true
            }
        };
        if damaged {
            tracing::warn!("the search index is damaged; it is set aside and built anew");
            self.shared.set_problem(Some(
                "the search index was damaged and is being built anew; run `jarvis reindex` if this message stays",
            ));
            if let Err(error) = self.start_over(true) {
                tracing::error!(text.cause = ?error, "the search index cannot be built anew");
            }
        }
    }

    /// An empty index at position 0 takes the place of this one.
    fn start_over(&mut self, keep_a_copy: bool) -> Result<()> {
        if let Some(writer) = self.tantivy.take() {
            // a merge that ends later would write into the new index
            let _ = writer.wait_merging_threads(); // it failed: nothing of it is kept anyway
        }
        if let Some(dir) = &self.dir {
            let moved = if keep_a_copy { set_aside(dir) } else { remove(dir) };
            moved.map_err(|error| cannot_replace(error.into()))?;
        }
        let Opened { index, reader, writer, snapshot, stamp } = open(self.dir.as_deref(), &self.shared.fields)?;
        self.shared.write(|state| state.reset(Arc::clone(&snapshot)));
        (self.index, self.reader, self.tantivy) = (index, reader, writer);
        (self.snapshot, self.stamp) = (snapshot, stamp);
        self.failures = 0;
        self.shared.room.notify_waiters();
        Ok(())
    }
}

fn cannot_replace(cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
    ErrorKind::Unavailable
        .error("the search index cannot be replaced; check the data directory's permissions")
        .with_source(cause)
}

/// What a search that panicked means to its caller.
pub(crate) fn panicked() -> Error {
    unreadable("reading the search index panicked")
}
