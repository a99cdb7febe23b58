//! Questions to other nodes, and what comes back.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jarvis_core::types::{BusMessage, NodeId, Question, Reply};
use tokio::sync::mpsc;

use super::Nodes;

/// Replies that wait for whoever asked; more are lost, as on the way.
const WAITING: usize = 64;

/// The questions that wait for replies.
#[derive(Debug, Default)]
pub(super) struct Asked {
    next: AtomicU64,
    open: Mutex<HashMap<u64, mpsc::Sender<Reply>>>,
}

impl Asked {
    /// Takes in a reply; one that nobody waits for any more is dropped.
    pub(super) fn take(&self, id: u64, reply: Reply) {
        let asker = self.open().get(&id).cloned();
        if let Some(asker) = asker {
            // one that does not read on asks again for what is missing
            let _ = asker.try_send(reply);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, mpsc::Sender<Reply>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes back on one question, until dropped.
#[derive(Debug)]
pub(crate) struct Replies<'n> {
    asked: &'n Asked,
    id: u64,
    incoming: mpsc::Receiver<Reply>,
}

impl Replies<'_> {
    /// The next reply; none when none comes in time.
    pub(crate) async fn next(&mut self, patience: Duration) -> Option<Reply> {
        tokio::time::timeout(patience, self.incoming.recv()).await.ok().flatten()
    }
}

impl Drop for Replies<'_> {
    fn drop(&mut self) {
        self.asked.open().remove(&self.id);
    }
}

impl Nodes {
    /// Asks another node. Question and replies may be lost on the way.
    pub(crate) async fn ask(&self, to: &NodeId, question: Question) -> Replies<'_> {
        let id = self.asked.next.fetch_add(1, Ordering::Relaxed);
        let (asker, incoming) = mpsc::channel(WAITING);
        self.asked.open().insert(id, asker);
        let replies = Replies { asked: &self.asked, id, incoming };
        self.publish(BusMessage::Ask { from: self.own.clone(), to: to.clone(), id, question }).await;
        replies
    }
}
