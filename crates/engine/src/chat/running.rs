use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jarvis_core::{Error, ErrorKind, Result, id::ConversationId};

/// Name of the gauge of answers being produced.
const RUNNING: &str = "jarvis_generations_running";

/// Tells `/metrics` what the gauge means.
pub(super) fn describe() {
    metrics::describe_gauge!(RUNNING, "Answers being produced.");
}

/// The conversations in which an answer is being produced: one at a time each, so that turns cannot interleave.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashSet<ConversationId>>);

/// Holds a conversation until dropped.
#[derive(Debug)]
pub(super) struct Held {
    running: Arc<Running>,
    conversation: ConversationId,
}

impl Running {
    /// Takes a conversation, or says that an answer is being produced in it.
    pub(super) fn hold(self: &Arc<Self>, conversation: ConversationId) -> Result<Held> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(conversation);
        if taken {
            metrics::gauge!(RUNNING).increment(1.0);
            return Ok(Held { running: Arc::clone(self), conversation });
        }
        Err(generation_running())
    }
}

/// Two answers at once in one conversation.
pub(super) fn generation_running() -> Error {
    ErrorKind::Conflict
        .error("an answer is still being produced in this conversation; wait for its end")
        .with_code("generation_running")
        .with_retry_after(Duration::from_secs(1))
}

impl Drop for Held {
    fn drop(&mut self) {
        metrics::gauge!(RUNNING).decrement(1.0);
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.conversation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_held_once_and_freed_by_drop() {
        let running = Arc::new(Running::default());
        let id = ConversationId::from(uuid::Uuid::from_u128(1));
        let held = running.hold(id).unwrap();
        assert_eq!(running.hold(id).unwrap_err().code(), "generation_running");
        drop(held);
        assert!(running.hold(id).is_ok());
    }
}
