//! The port.

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{Health, Snippet, TextHits, TextIndex, TextQuery, TextScore, TextScores},
    text::search::{Question, snippet},
    types::{DocRef, OutboxEntry, OutboxSeq},
};
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::sync::{Notify, Semaphore, oneshot};

use super::{
    filters::Filters,
    open::open,
    schema::Fields,
    search,
    state::{Prepared, State, readable},
    writer::{Command, Shared, Writer, panicked},
};

/// Changes analysed and applied in one go; between two of them the tail's bound is looked at.
const BATCH: usize = 512;
/// Commands waiting for the writer.
const COMMANDS: usize = 64;
/// How long an apply waits for a commit to make room before it asks its caller to come back.
const ROOM_WAIT: Duration = Duration::from_secs(10);
/// The same while commits fail: room may not come for long.
const ROOM_WAIT_FAILING: Duration = Duration::from_secs(1);

/// How often, and after which pauses, deleted words are taken out of the files again while something keeps them there.
const SCRUB_ATTEMPTS: u32 = 100;
const SCRUB_PAUSE: Duration = Duration::from_millis(50);

/// When to commit, and how much may wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// A change is durable at most this long after it was applied.
    pub commit_after: Duration,
    /// So many waiting changes are committed at once.
    pub commit_documents: usize,
    /// Changes not yet committed, at most; `apply` is refused above.
    pub tail_documents: usize,
    /// Memory for them, in bytes.
    pub tail_bytes: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            commit_after: Duration::from_millis(500),
            commit_documents: 1_000,
            tail_documents: 20_000,
            tail_bytes: 32 << 20,
        }
    }
}

/// Full text on Tantivy, on disk or in memory. Dropping it loses what is not committed; the outbox still has it.
pub struct TantivyIndex {
    shared: Arc<Shared>,
    commands: SyncSender<Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Searches at a time: as many as there are processors.
    permits: Arc<Semaphore>,
    /// One apply at a time: changes have an order.
    applying: Semaphore,
}

impl fmt::Debug for TantivyIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TantivyIndex").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl TantivyIndex {
    /// Opens or creates the index in `dir`, or one in memory. An index that does not open, damaged or of another
    /// version, is renamed to `<dir>.damaged` and an empty one takes its place, at position 0.
    ///
    /// Fails when another process uses the index or the directory cannot be used at all. Blocks for some milliseconds.
    pub fn open(dir: Option<PathBuf>, options: TextOptions) -> Result<Arc<Self>> {
        let fields = Arc::new(Fields::new());
        let opened = open(dir.as_deref(), &fields)?;
        let state = State::new(Arc::clone(&opened.snapshot), opened.stamp.position);
        let shared = Arc::new(Shared {
            fields,
            options,
            state: RwLock::new(state),
            room: Notify::new(),
            woken: AtomicBool::new(false),
            suspected: AtomicBool::new(false),
            problem: RwLock::new(None),
        });
        let (commands, received) = sync_channel(COMMANDS);
        let writer = Writer::new(Arc::clone(&shared), dir, opened);
        let thread = thread::Builder::new()
            .name("text-writer".to_owned())
            .spawn(move || writer.run(&received))
            .map_err(Error::internal)?;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Ok(Arc::new(Self {
            shared,
            commands,
            thread: Mutex::new(Some(thread)),
            permits: Arc::new(Semaphore::new(processors)),
            applying: Semaphore::new(1),
        }))
    }

    /// Runs CPU work off the async workers, a bounded number at a time. A panic while reading is taken for damage.
    async fn compute<T: Send + 'static>(&self, work: impl FnOnce(&Shared) -> Result<T> + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&shared)
        });
        let done = done.await.unwrap_or_else(|_| Err(panicked()));
        if done.as_ref().is_err_and(|error| error.kind() == ErrorKind::Corrupt) {
            self.nudge(&self.shared.suspected, Command::Verify);
        }
        done
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<Result<T>>) -> Command) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.try_send(command(reply)).map_err(|refused| match refused {
            TrySendError::Full(_) => ErrorKind::Unavailable
                .error("the search index is busy; try again")
                .with_retry_after(self.shared.options.commit_after),
            TrySendError::Disconnected(_) => stopped(),
        })?;
        answer.await.map_err(|_| stopped())?
    }

    /// The writer sleeps while nothing waits, and commits early when much does.
    fn wake(&self, before: usize, after: usize) {
        let many = self.shared.options.commit_documents;
        if before == 0 || (before < many && after >= many) {
            self.nudge(&self.shared.woken, Command::Wake);
        }
    }

    /// Sends a command unless the same is on its way.
    fn nudge(&self, sent: &AtomicBool, command: Command) {
        if !sent.swap(true, Ordering::SeqCst) && self.commands.try_send(command).is_err() {
            sent.store(false, Ordering::SeqCst); // the queue is full of commits: the next change tries again
        }
    }

    /// Waits until the tail takes more.
    async fn room(&self) -> Result<()> {
        let has_room = || {
            let (documents, bytes) = self.shared.read(State::tail_size);
            documents < self.shared.options.tail_documents && bytes < self.shared.options.tail_bytes
        };
        let wait = async {
            loop {
                let mut committed = std::pin::pin!(self.shared.room.notified());
                committed.as_mut().enable(); // before looking, so that a commit in between is not missed
                if has_room() {
                    return;
                }
                committed.await;
            }
        };
        let patience = if self.shared.problem().is_some() { ROOM_WAIT_FAILING } else { ROOM_WAIT };
        tokio::time::timeout(patience, wait).await.map_err(|_| {
            ErrorKind::Unavailable
                .error("the search index cannot keep up; changes wait in the outbox, so try again")
                .with_retry_after(ROOM_WAIT_FAILING)
        })
    }
}

fn stopped() -> Error {
    ErrorKind::Unavailable.error("the search index has stopped; restart jarvis")
}

#[async_trait]
impl TextIndex for TantivyIndex {
    async fn check(&self) -> Health {
        let started = Instant::now();
        let asked = self.compute(|shared| shared.read(|state| readable(state.probe()))).await;
        let took = started.elapsed();
        let health = match (asked, self.shared.problem()) {
            (Err(error), _) => Health::degraded(took, error.message()),
            (Ok(()), Some(problem)) => Health::degraded(took, problem),
            (Ok(()), None) => Health::healthy(took),
        };
        self.shared.read(|state| {
            health
                .with_figure("documents", state.count())
                .with_figure("segments", state.segments() as u64)
                .with_figure("uncommitted", state.tail_size().0 as u64)
                .with_figure("position", state.committed())
        })
    }

    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()> {
        let _turn = self.applying.acquire().await.map_err(Error::internal)?;
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            self.room().await?;
            let batch: Vec<OutboxEntry> = entries.by_ref().take(BATCH).collect();
            let (before, after) = self.compute(|shared| apply(shared, batch)).await?;
            self.wake(before, after);
        }
        Ok(())
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        let _turn = self.applying.acquire().await.map_err(Error::internal)?;
        let (before, after) = self.shared.write(|state| {
            let before = state.waiting();
            state.resume_at(position);
            (before, state.waiting())
        });
        self.wake(before, after);
        Ok(())
    }

    async fn search(&self, query: &TextQuery) -> Result<TextHits> {
        let query = query.clone();
        self.compute(move |shared| {
            let (question, filters) = (Question::parse(&query.text), Filters::of(&query));
            if question.is_empty() {
                return Ok(TextHits { total_is_exact: true, ..TextHits::default() });
            }
            let view = shared.read(|state| state.view(&question, &filters));
            search::search(&view, &query, &question, &filters)
        })
        .await
    }

    async fn score(&self, query: &TextQuery, docs: &[DocRef]) -> Result<TextScores> {
        let (query, docs) = (query.clone(), docs.to_vec());
        self.compute(move |shared| {
            let (question, filters) = (Question::parse(&query.text), Filters::of(&query));
            if question.is_empty() {
                return Ok(TextScores { words: Vec::new(), docs: vec![TextScore::default(); docs.len()] });
            }
            let view = shared.read(|state| state.view(&question, &filters));
            search::score(&view, &question, &filters, &docs)
        })
        .await
    }

    async fn snippets(&self, query: &str, texts: &[&str]) -> Result<Vec<Snippet>> {
        let query = query.to_owned();
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        self.compute(move |_| {
            let question = Question::parse(&query);
            Ok(texts.iter().map(|text| snippet(&question, text)).collect())
        })
        .await
    }

    async fn count(&self) -> Result<u64> {
        Ok(self.shared.read(State::count))
    }

    async fn commit(&self) -> Result<OutboxSeq> {
        self.ask(Command::Commit).await
    }

    async fn scrub(&self) -> Result<()> {
        for _ in 0..SCRUB_ATTEMPTS {
            if self.ask(Command::Scrub).await? {
                return Ok(());
            }
            tokio::time::sleep(SCRUB_PAUSE).await;
        }
        Err(ErrorKind::Unavailable
            .error("words of deleted texts stay in the files of the search index while it is read or merged; try again")
            .with_retry_after(ROOM_WAIT_FAILING))
    }

    async fn position(&self) -> Result<OutboxSeq> {
        Ok(self.shared.read(State::committed))
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        Ok(self.shared.read(State::applied))
    }

    async fn clear(&self) -> Result<()> {
        let _turn = self.applying.acquire().await.map_err(Error::internal)?;
        self.ask(Command::Clear).await
    }
}

/// Applies some changes; answers how many waited for a commit before and after.
fn apply(shared: &Shared, batch: Vec<OutboxEntry>) -> Result<(usize, usize)> {
    let new: Vec<OutboxEntry> = shared.read(|state| batch.into_iter().filter(|entry| !state.has(entry.seq)).collect());
    let prepared: Vec<(OutboxSeq, Prepared)> =
        new.into_iter().map(|entry| (entry.seq, Prepared::from(entry.change))).collect();
    shared.write(|state| {
        let before = state.waiting();
        for (seq, change) in prepared {
            readable(state.apply(seq, change))?;
        }
        Ok((before, state.waiting()))
    })
}

impl Drop for TantivyIndex {
    fn drop(&mut self) {
        // a full queue is drained by the thread, so this ends
        let _ = self.commands.send(Command::Stop);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join(); // it panicked: the files are as its last commit left them
        }
    }
}
