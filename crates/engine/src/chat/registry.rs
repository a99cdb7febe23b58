//! The answers being produced, and those that ended a short time ago.
//!
//! A lock is held only to begin, end and look up; text goes through each answer's own buffer.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    id::{ConversationId, MessageId, UserId},
    observe::QueueMeter,
    ports::Clock,
    types::{GenerationPart, generation_running},
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{
    answer::{ChatAnswer, MemoryUse},
    generation::{Buffer, ChatStart, Generation, died},
    mirrors::Mirrors,
};
use crate::Idempotency;

/// How long an answer is kept after its end, for readers that come back.
const KEPT_FOR: Duration = Duration::from_mins(10);
/// Ended answers kept at most.
const KEPT_ANSWERS: usize = 2_000;
/// Bytes of ended answers kept at most.
const KEPT_BYTES: usize = 32 * 1024 * 1024;
/// Bytes that an answer takes beside its text, about.
const ANSWER_OVERHEAD: usize = 4 * 1024;
/// How often it is looked whether answers that were stopped have ended.
const STOPPED: Duration = Duration::from_millis(5);
/// Answers being produced at most.
const MAX_RUNNING: usize = 10_000;

/// Every answer that a reader can come back to without asking the store.
#[derive(Debug)]
pub(crate) struct Registry {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    /// How many are being produced.
    count: watch::Sender<usize>,
    /// An answer has its first text.
    pub(super) speaking: Notify,
    /// Cancelled when the engine can wait no longer: answers break off where they are.
    pub(super) cut: CancellationToken,
    /// Those of other nodes that are read here.
    pub(super) mirrors: Mirrors,
    queue: QueueMeter,
}

#[derive(Debug, Default)]
struct Inner {
    /// The conversations in which an answer is being produced, one at a time each so that turns cannot interleave.
    running: HashMap<Place, Running>,
    /// Running and ended.
    entries: HashMap<MessageId, Arc<Entry>>,
    /// Oldest first.
    ended: VecDeque<Ended>,
    ended_bytes: usize,
}

/// A conversation, under whoever names it: that of somebody else must look as if it did not exist, running or not.
type Place = (UserId, ConversationId);

#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    /// Once its model has begun.
    entry: Option<Arc<Entry>>,
}

#[derive(Debug)]
struct Ended {
    id: MessageId,
    at: Timestamp,
    bytes: usize,
}

/// An answer that has begun.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) start: ChatStart,
    pub(super) buffer: Buffer,
    /// Ends the answer where it is.
    pub(super) stop: CancellationToken,
    owner: UserId,
    key: Option<String>,
    /// Bytes of text that survive a crash.
    kept: AtomicUsize,
    /// Readers that there ever were.
    readers: AtomicUsize,
}

/// Holds a conversation until dropped, or until its answer ended.
#[derive(Debug)]
pub(super) struct Held {
    registry: Arc<Registry>,
    place: Place,
    /// Ends the answer where it is, whether or not it has begun.
    pub(super) stop: CancellationToken,
    entry: Option<Arc<Entry>>,
    released: bool,
}

impl Registry {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let (count, cut) = (watch::Sender::new(0), CancellationToken::new());
        let (inner, speaking, mirrors) = (Mutex::default(), Notify::new(), Mirrors::default());
        let queue = QueueMeter::new("generations", MAX_RUNNING);
        Arc::new(Self { clock, inner, count, speaking, cut, mirrors, queue })
    }

    /// Takes a conversation, or says that an answer is being produced in it.
    pub(super) fn hold(self: &Arc<Self>, user: UserId, conversation: ConversationId) -> Result<Held> {
        let place = (user, conversation);
        let mut inner = self.inner();
        if inner.running.contains_key(&place) {
            return Err(generation_running());
        }
        if inner.running.len() >= MAX_RUNNING {
            self.queue.rejected(1);
            return Err(ErrorKind::Unavailable
                .error("too many answers are being produced at once; try again in a moment")
                .with_code("too_many_generations")
                .with_retry_after(Duration::from_secs(1)));
        }
        let stop = CancellationToken::new();
        inner.running.insert(place, Running { stop: stop.clone(), entry: None });
        self.count.send_replace(inner.running.len());
        self.queue.joined(1);
        Ok(Held { registry: Arc::clone(self), place, stop, entry: None, released: false })
    }

    /// The scope's answer with this id, running or ended a short time ago.
    pub(super) fn find(&self, scope: &Scope, id: MessageId) -> Option<Arc<Entry>> {
        let now = self.clock.now();
        let mut inner = self.inner();
        inner.forget_old(now);
        inner.entries.get(&id).filter(|entry| entry.owner == scope.user()).map(Arc::clone)
    }

    /// The answer running in a conversation, when the request with this key asked for it.
    pub(super) fn answering(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        idempotency: &Idempotency,
    ) -> Option<Arc<Entry>> {
        let inner = self.inner();
        let entry = inner.running.get(&(scope.user(), conversation))?.entry.as_ref()?;
        (entry.key.as_ref() == Some(&idempotency.key)).then(|| Arc::clone(entry))
    }

    /// What is known of the scope's running answers, oldest first.
    pub(super) fn running_for(&self, scope: &Scope) -> Vec<ChatStart> {
        let inner = self.inner();
        let own = inner.running.iter().filter(|((owner, _), _)| *owner == scope.user());
        let mut starts: Vec<_> =
            own.filter_map(|(_, running)| running.entry.as_ref().map(|entry| entry.start.clone())).collect();
        drop(inner);
        starts.sort_unstable_by_key(|start| start.message_id);
        starts
    }

    /// The running answers.
    pub(super) fn running(&self) -> Vec<Arc<Entry>> {
        self.inner().running.values().filter_map(|running| running.entry.as_ref()).map(Arc::clone).collect()
    }

    /// Ends what is being produced in a conversation that is no more, and forgets its answers.
    pub(crate) fn forget(&self, scope: &Scope, conversation: ConversationId) {
        let mut inner = self.inner();
        if let Some(running) = inner.running.get(&(scope.user(), conversation)) {
            running.stop.cancel();
        }
        inner.entries.retain(|_, entry| entry.start.conversation_id != conversation || entry.owner != scope.user());
    }

    /// Ends whatever is being produced for a person here. Answers how many there were.
    pub(crate) fn stop_now(&self, user: UserId) -> u64 {
        let inner = self.inner();
        let theirs = inner.running.iter().filter(|(place, _)| place.0 == user);
        theirs.inspect(|(_, running)| running.stop.cancel()).count() as u64
    }

    /// As [`Registry::stop_now`], and waits for it at most `patience`.
    pub(crate) async fn stop_all(&self, user: UserId, patience: Duration) -> u64 {
        let stopped = self.stop_now(user);
        let ended = async {
            while self.inner().running.keys().any(|place| place.0 == user) {
                tokio::time::sleep(STOPPED).await;
            }
        };
        // one that does not end finds no conversation to be stored in
        let _ = tokio::time::timeout(patience, ended).await;
        stopped
    }

    /// Forgets a person's answers, those of other nodes too.
    pub(crate) fn forget_all(&self, user: UserId) {
        self.inner().entries.retain(|_, entry| entry.owner != user);
        self.mirrors.forget_all(user);
    }

    /// Breaks off whatever is being produced; what there is of it is stored.
    pub(crate) fn cut_short(&self) {
        self.cut.cancel();
    }

    /// Forgets what is over for long enough.
    pub(super) fn forget_old(&self) {
        let now = self.clock.now();
        self.inner().forget_old(now);
    }

    /// Waits until no answer is being produced.
    pub(crate) async fn idle(&self) {
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn release(&self, place: Place, ended: Option<&Entry>) {
        let now = self.clock.now();
        let mut inner = self.inner();
        inner.running.remove(&place);
        // one that was forgotten meanwhile stays forgotten
        if let Some(entry) = ended.filter(|entry| inner.entries.contains_key(&entry.start.message_id)) {
            let bytes = entry.buffer.len() + ANSWER_OVERHEAD;
            inner.ended_bytes += bytes;
            inner.ended.push_back(Ended { id: entry.start.message_id, at: now, bytes });
        }
        inner.forget_old(now);
        self.count.send_replace(inner.running.len());
        drop(inner);
        self.queue.left(1);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget_old(&mut self, now: Timestamp) {
        let oldest = now.minus(KEPT_FOR);
        while let Some(first) = self.ended.front() {
            let fits = self.ended.len() <= KEPT_ANSWERS && self.ended_bytes <= KEPT_BYTES;
            if fits && first.at >= oldest {
                break;
            }
            self.ended_bytes -= first.bytes;
            self.entries.remove(&first.id);
            self.ended.pop_front();
        }
    }
}

impl Entry {
    pub(super) fn new(
        start: ChatStart,
        scope: &Scope,
        idempotency: Option<&Idempotency>,
        recalled: Arc<[MemoryUse]>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            start,
            buffer: Buffer::new(recalled),
            stop,
            owner: scope.user(),
            key: idempotency.map(|idempotency| idempotency.key.clone()),
            kept: AtomicUsize::new(0),
            readers: AtomicUsize::new(0),
        })
    }

    pub(super) fn generation(&self, replayed: bool) -> Generation {
        self.readers.fetch_add(1, Ordering::Relaxed);
        self.buffer.generation(self.start.clone(), replayed)
    }

    /// The text that came since the last piece that was kept.
    pub(super) fn growth(&self, at: Timestamp) -> Option<GenerationPart> {
        let start = self.kept.load(Ordering::Relaxed);
        let text = self.buffer.text_from(start)?;
        Some(GenerationPart { message_id: self.start.message_id, model: self.start.model.clone(), start, text, at })
    }

    /// Whether nothing of it would survive a crash.
    pub(super) fn is_new(&self) -> bool {
        self.kept.load(Ordering::Relaxed) == 0
    }

    /// A piece is durable.
    pub(super) fn kept(&self, part_end: usize) {
        self.kept.store(part_end, Ordering::Relaxed);
    }

    /// Resolves when nobody has read for `grace`.
    pub(super) async fn abandoned(&self, grace: Duration) {
        loop {
            self.buffer.unread().await;
            let readers = self.readers.load(Ordering::Relaxed);
            tokio::time::sleep(grace).await;
            // whoever came and left meanwhile begins the time anew
            if self.buffer.is_unread() && readers == self.readers.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

impl Held {
    /// From now on the answer can be found.
    pub(super) fn begin(&mut self, entry: Arc<Entry>) {
        let mut inner = self.registry.inner();
        // a conversation that is no more gets no answers that could be found
        if !self.stop.is_cancelled() {
            inner.entries.insert(entry.start.message_id, Arc::clone(&entry));
        }
        if let Some(running) = inner.running.get_mut(&self.place) {
            running.entry = Some(Arc::clone(&entry));
        }
        drop(inner);
        self.entry = Some(entry);
    }

    /// Frees the conversation, then tells the readers: whoever hears the end may speak again at once.
    pub(super) fn end(mut self, outcome: Result<ChatAnswer>) {
        self.release(outcome);
    }

    fn release(&mut self, outcome: Result<ChatAnswer>) {
        if std::mem::replace(&mut self.released, true) {
            return;
        }
        self.registry.release(self.place, self.entry.as_deref());
        if let Some(entry) = self.entry.take() {
            entry.buffer.end(outcome);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release(Err(died()));
    }
}

#[cfg(test)]
mod tests;
