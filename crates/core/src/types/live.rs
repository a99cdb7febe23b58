use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, MemoryId, MessageId, UserId};

/// Something that changed, told to whoever watches. It names what changed and carries none of it: what is shown is read
/// from the store by the node that shows it, so that every bus can carry it and nothing leaks on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Whose it is: nobody else may hear of it.
    pub user_id: UserId,
    /// What happened.
    #[serde(flatten)]
    pub change: LiveChange,
}

/// What happened. Told after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveChange {
    /// A conversation began, has a new turn, or its title, status or anything else of its head changed.
    ConversationUpdated {
        /// Which.
        conversation_id: ConversationId,
    },
    /// A conversation was erased.
    ConversationErased {
        /// Which.
        conversation_id: ConversationId,
    },
    /// A message was stored.
    MessageCreated {
        /// Where.
        conversation_id: ConversationId,
        /// Which.
        message_id: MessageId,
    },
    /// A memory was made.
    MemoryCreated {
        /// Which.
        memory_id: MemoryId,
    },
    /// All that the user had was erased.
    DataErased {},
}
