//! What is searchable now: the committed snapshot, and the in-memory tail that belongs to it.

use jarvis_core::{
    Error, ErrorKind, Result,
    id::ConversationId,
    text::search::Question,
    types::{DocRef, IndexChange, OutboxSeq},
};
use std::{collections::HashSet, mem, sync::Arc};
use tantivy::DocId;
use uuid::Uuid;

use super::{
    filters::Filters,
    generation::{Analysed, Change, Generation},
    snapshot::{Address, Snapshot},
    tail::TailView,
};

/// A change ready to be applied: its text is already taken apart, outside the lock.
#[derive(Debug)]
pub(crate) enum Prepared {
    Upsert(Box<Analysed>),
    Delete(DocRef),
    DeleteConversation(ConversationId),
}

impl From<IndexChange> for Prepared {
    fn from(change: IndexChange) -> Self {
        match change {
            IndexChange::Upsert(document) => Self::Upsert(Box::new(Analysed::new(document))),
            IndexChange::Delete(doc) => Self::Delete(doc),
            IndexChange::DeleteConversation(conversation) => Self::DeleteConversation(conversation),
        }
    }
}

/// Committed documents that the tail replaced or removed, by segment.
pub(crate) type Dead = Vec<HashSet<DocId>>;

/// Held behind one lock: a search takes a [`View`] of it, a commit replaces committed part and tail together.
pub(crate) struct State {
    snapshot: Arc<Snapshot>,
    dead: Arc<Dead>,
    /// What takes changes.
    open: Generation,
    /// What is being committed.
    sealed: Option<Arc<Generation>>,
    /// Slots of `sealed` that `open` replaced or removed.
    replaced: HashSet<usize>,
    applied: OutboxSeq,
    committed: OutboxSeq,
}

/// One moment of the index, for one question.
pub(crate) struct View {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) dead: Arc<Dead>,
    pub(crate) tail: TailView,
}

impl State {
    pub(crate) fn new(snapshot: Arc<Snapshot>, committed: OutboxSeq) -> Self {
        let dead = no_dead(&snapshot);
        Self {
            snapshot,
            dead,
            open: Generation::default(),
            sealed: None,
            replaced: HashSet::new(),
            applied: committed,
            committed,
        }
    }

    pub(crate) fn applied(&self) -> OutboxSeq {
        self.applied
    }

    pub(crate) fn committed(&self) -> OutboxSeq {
        self.committed
    }

    /// Changes not yet committed, and the memory they take.
    pub(crate) fn tail_size(&self) -> (usize, usize) {
        let sealed = self.sealed.as_ref().map_or((0, 0), |sealed| (sealed.len(), sealed.bytes()));
        (self.open.len() + sealed.0, self.open.bytes() + sealed.1)
    }

    /// Changes that no commit has taken up.
    pub(crate) fn waiting(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn segments(&self) -> usize {
        self.snapshot.segments.len()
    }

    /// Reads a little of every segment.
    pub(crate) fn probe(&self) -> tantivy::Result<()> {
        self.snapshot.locate_conversation(Uuid::nil()).map(|_| ())
    }

    /// Documents in all.
    pub(crate) fn count(&self) -> u64 {
        let dead: usize = self.dead.iter().map(HashSet::len).sum();
        let sealed = self.sealed.as_ref().map_or(0, |sealed| sealed.standing() - self.replaced.len());
        self.snapshot.count() + (self.open.standing() + sealed) as u64 - dead as u64
    }

    pub(crate) fn view(&self, question: &Question, filters: &Filters) -> View {
        let mut tail = TailView::new(question);
        if let Some(sealed) = &self.sealed {
            tail.add(sealed, &self.replaced, question, filters);
        }
        tail.add(&self.open, &HashSet::new(), question, filters);
        View { snapshot: Arc::clone(&self.snapshot), dead: Arc::clone(&self.dead), tail }
    }

    /// Whether a change is already in: what comes from a snapshot (0) never is.
    pub(crate) fn has(&self, seq: OutboxSeq) -> bool {
        seq != 0 && seq <= self.applied
    }

    /// Applies one change, unless it was applied before.
    pub(crate) fn apply(&mut self, seq: OutboxSeq, change: Prepared) -> tantivy::Result<()> {
        if self.has(seq) {
            return Ok(());
        }
        let position = seq.max(self.applied);
        match change {
            Prepared::Upsert(analysed) => {
                self.bury(analysed.document.doc)?;
                self.open.upsert(position, *analysed);
            }
            Prepared::Delete(doc) => {
                self.bury(doc)?;
                self.open.delete(position, doc);
            }
            Prepared::DeleteConversation(conversation) => {
                self.kill(self.snapshot.locate_conversation(*conversation.as_uuid())?);
                if let Some(sealed) = &self.sealed {
                    self.replaced.extend(sealed.of_conversation(conversation));
                }
                self.open.delete_conversation(position, conversation);
            }
        }
        self.applied = position;
        Ok(())
    }

    /// Everything up to `position` is in.
    pub(crate) fn resume_at(&mut self, position: OutboxSeq) {
        self.applied = self.applied.max(position);
        self.open.resume(self.applied);
    }

    /// Hides what is committed or being committed of a document.
    fn bury(&mut self, doc: DocRef) -> tantivy::Result<()> {
        if let Some(slot) = self.sealed.as_ref().and_then(|sealed| sealed.slot(doc)) {
            self.replaced.insert(slot);
        }
        let address = self.snapshot.locate(doc)?;
        self.kill(address);
        Ok(())
    }

    fn kill(&mut self, addresses: impl IntoIterator<Item = Address>) {
        let mut addresses = addresses.into_iter().peekable();
        if addresses.peek().is_none() {
            return; // nearly always: do not copy the sets that a search may hold
        }
        let dead = Arc::make_mut(&mut self.dead);
        for (segment, doc) in addresses {
            dead[segment].insert(doc);
        }
    }

    /// Whether a commit has begun and not ended well.
    pub(crate) fn is_committing(&self) -> bool {
        self.sealed.is_some()
    }

    /// What to commit next: what failed to be committed before, else all that waits; none when nothing does.
    pub(crate) fn seal(&mut self) -> Option<Arc<Generation>> {
        if self.sealed.is_none() && !self.open.is_empty() {
            self.sealed = Some(Arc::new(mem::take(&mut self.open)));
        }
        self.sealed.clone()
    }

    /// The sealed generation is committed and `snapshot` has it.
    pub(crate) fn settle(&mut self, snapshot: Arc<Snapshot>, committed: OutboxSeq) -> tantivy::Result<()> {
        let dead = self.dead_in(&snapshot)?;
        self.sealed = None;
        self.replaced.clear();
        self.committed = committed;
        self.snapshot = snapshot;
        self.dead = dead;
        Ok(())
    }

    /// `snapshot` has the same documents in other segments.
    pub(crate) fn replace_snapshot(&mut self, snapshot: Arc<Snapshot>) -> tantivy::Result<()> {
        let mut dead = self.dead_in(&snapshot)?;
        if let Some(sealed) = self.sealed.clone() {
            mark(Arc::make_mut(&mut dead), &sealed, &snapshot)?;
        }
        self.snapshot = snapshot;
        self.dead = dead;
        Ok(())
    }

    fn dead_in(&self, snapshot: &Snapshot) -> tantivy::Result<Arc<Dead>> {
        let mut dead = no_dead(snapshot);
        mark(Arc::make_mut(&mut dead), &self.open, snapshot)?;
        Ok(dead)
    }

    /// Starts over on another, empty index.
    pub(crate) fn reset(&mut self, snapshot: Arc<Snapshot>) {
        *self = Self::new(snapshot, 0);
    }
}

/// Marks the committed documents that a generation replaces or removes.
fn mark(dead: &mut Dead, generation: &Generation, snapshot: &Snapshot) -> tantivy::Result<()> {
    for change in generation.changes() {
        let addresses = match *change {
            Change::Upsert(slot) => snapshot.locate(generation.held(slot).doc)?.into_iter().collect(),
            Change::Delete(doc) => snapshot.locate(doc)?.into_iter().collect(),
            Change::DeleteConversation(conversation) => snapshot.locate_conversation(*conversation.as_uuid())?,
            Change::Resume => Vec::new(),
        };
        for (segment, doc) in addresses {
            dead[segment].insert(doc);
        }
    }
    Ok(())
}

fn no_dead(snapshot: &Snapshot) -> Arc<Dead> {
    Arc::new(vec![HashSet::new(); snapshot.segments.len()])
}

/// The index cannot be read: its files are damaged or gone. It heals by being built anew.
pub(crate) fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    ErrorKind::Corrupt
        .error("the search index is damaged and is being built anew; if searches still fail, run `jarvis reindex`")
        .with_source(error)
}

/// The result of reading the index, as the port answers it.
pub(crate) fn readable<T>(result: tantivy::Result<T>) -> Result<T> {
    result.map_err(unreadable)
}
