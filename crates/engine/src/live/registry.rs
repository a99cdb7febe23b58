use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use jarvis_core::id::{ConversationId, UserId};

use super::mailbox::Mailbox;

/// What events are sorted by. The user is part of it, so that nobody can listen to what is another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Conversations(UserId),
    Conversation(UserId, ConversationId),
    System,
}

/// Who listens to what. In the order of topics, so that finding the listeners of one costs nothing for all others, and
/// one who leaves is found among thousands of the same topic.
#[derive(Debug, Default)]
pub(super) struct Registry {
    listeners: Mutex<BTreeMap<(Topic, u64), Arc<Mailbox>>>,
    ids: AtomicU64,
}

impl Registry {
    /// Tells subscribers apart.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn add(&self, topic: Topic, id: u64, mailbox: Arc<Mailbox>) {
        self.listeners().insert((topic, id), mailbox);
    }

    pub(super) fn remove(&self, topic: Topic, id: u64) {
        self.listeners().remove(&(topic, id));
    }

    /// Ends a topic: nobody listens to it any more.
    pub(super) fn close(&self, topic: Topic) {
        let mut listeners = self.listeners();
        let ids: Vec<u64> = listeners.range((topic, 0)..=(topic, u64::MAX)).map(|((_, id), _)| *id).collect();
        for id in ids {
            listeners.remove(&(topic, id));
        }
    }

    pub(super) fn is_heard(&self, topic: Topic) -> bool {
        self.listeners().range((topic, 0)..=(topic, u64::MAX)).next().is_some()
    }

    /// Everybody who listens to any of these topics, once.
    pub(super) fn listeners_of(&self, topics: &[Topic]) -> Vec<Arc<Mailbox>> {
        let listeners = self.listeners();
        let of = |topic: &Topic| listeners.range((*topic, 0)..=(*topic, u64::MAX));
        let mut found: Vec<(u64, &Arc<Mailbox>)> =
            topics.iter().flat_map(of).map(|((_, id), mailbox)| (*id, mailbox)).collect();
        if topics.len() > 1 {
            found.sort_unstable_by_key(|(id, _)| *id);
            found.dedup_by_key(|(id, _)| *id);
        }
        found.into_iter().map(|(_, mailbox)| Arc::clone(mailbox)).collect()
    }

    /// Everybody, once.
    pub(super) fn everybody(&self) -> Vec<Arc<Mailbox>> {
        let everybody: BTreeMap<u64, Arc<Mailbox>> =
            self.listeners().iter().map(|((_, id), mailbox)| (*id, Arc::clone(mailbox))).collect();
        everybody.into_values().collect()
    }

    fn listeners(&self) -> MutexGuard<'_, BTreeMap<(Topic, u64), Arc<Mailbox>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn each_listener_is_found_once_and_only_under_its_topics() {
        let registry = Registry::default();
        let user = |number| UserId::from(Uuid::from_u128(number));
        let conversation = ConversationId::from(Uuid::from_u128(1));
        let (all, one) = (Topic::Conversations(user(1)), Topic::Conversation(user(1), conversation));
        let (both, only_one, other) = (registry.next_id(), registry.next_id(), registry.next_id());
        let mailbox = Arc::<Mailbox>::default();
        for (topic, id) in [(all, both), (one, both), (one, only_one), (Topic::Conversations(user(2)), other)] {
            registry.add(topic, id, Arc::clone(&mailbox));
        }
        assert_eq!(registry.listeners_of(&[all, one]).len(), 2);
        assert_eq!(registry.listeners_of(&[one]).len(), 2);
        assert_eq!(registry.listeners_of(&[Topic::Conversation(user(2), conversation)]).len(), 0);
        assert_eq!(registry.everybody().len(), 3);
        registry.close(one);
        assert!(!registry.is_heard(one) && registry.is_heard(all));
        registry.remove(all, both);
        assert_eq!(registry.everybody().len(), 1);
    }
}
