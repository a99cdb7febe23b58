//! The answers of other nodes that somebody reads on this one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jarvis_core::id::{MessageId, UserId};

use super::{
    following::Begun,
    generation::{Buffer, Generation},
};

/// How long one that nobody reads any more is followed: whoever was cut off comes back soon.
const LINGER: Duration = Duration::from_secs(10);

/// One of them.
#[derive(Debug)]
pub(super) struct Mirror {
    pub(super) buffer: Buffer,
}

/// All of them, by person and answer.
#[derive(Debug, Default)]
pub(super) struct Mirrors(Mutex<HashMap<(UserId, MessageId), Arc<Mirror>>>);

impl Mirrors {
    /// Reads along in one. Answers whether nobody did before, so that it must be followed from now on.
    pub(super) fn join(&self, user: UserId, begun: Begun, replayed: bool) -> (Arc<Mirror>, Generation, bool) {
        let head = begun.head;
        let mut mirrors = self.mirrors();
        let mut is_new = false;
        let mirror = mirrors.entry((user, head.start.message_id)).or_insert_with(|| {
            is_new = true;
            Arc::new(Mirror { buffer: Buffer::new(head.recalled.into()) })
        });
        let generation = mirror.buffer.generation(head.start, replayed);
        (Arc::clone(mirror), generation, is_new)
    }

    /// Resolves when nobody has read one for a while; it is forgotten then.
    pub(super) async fn abandoned(&self, user: UserId, id: MessageId, mirror: &Mirror) {
        loop {
            mirror.buffer.unread().await;
            tokio::time::sleep(LINGER).await;
            let mut mirrors = self.mirrors();
            if mirror.buffer.is_unread() {
                mirrors.remove(&(user, id));
                return;
            }
        }
    }

    /// Forgets one.
    pub(super) fn remove(&self, user: UserId, id: MessageId) {
        self.mirrors().remove(&(user, id));
    }

    /// Forgets those of a person.
    pub(super) fn forget_all(&self, user: UserId) {
        self.mirrors().retain(|(owner, _), _| *owner != user);
    }

    fn mirrors(&self) -> MutexGuard<'_, HashMap<(UserId, MessageId), Arc<Mirror>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mirror {
    /// The whole text is known; what is missing of it is added.
    pub(super) fn complete(&self, text: &str) {
        if let Some(rest) = text.get(self.buffer.len()..) {
            self.buffer.push(rest);
        }
    }
}
