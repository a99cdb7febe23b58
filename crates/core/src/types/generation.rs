use std::time::Duration;

use crate::{
    Error, ErrorKind, Timestamp,
    id::{ConversationId, MessageId, UserId},
    types::NodeId,
};

/// An answer that is about to be produced. Its row stands for it until the answer itself is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGeneration {
    /// Identity of the answer to come.
    pub message_id: MessageId,
    /// Where; must exist and be the same owner's.
    pub conversation_id: ConversationId,
    /// The message it answers.
    pub user_message_id: MessageId,
    /// The node that produces it.
    pub node: String,
    /// Now.
    pub started_at: Timestamp,
}

/// A piece of an answer's text, kept while the answer is being produced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationPart {
    /// Whose text.
    pub message_id: MessageId,
    /// The model that gives it.
    pub model: String,
    /// Bytes of text before this piece.
    pub start: usize,
    /// The piece.
    pub text: String,
    /// Now.
    pub at: Timestamp,
}

/// An answer that some node produces, or was producing when it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningGeneration {
    /// Identity of the answer to come.
    pub message_id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The message it answers.
    pub user_message_id: MessageId,
    /// The node that produces it.
    pub node: NodeId,
}

/// An answer whose production never came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedGeneration {
    /// Identity the answer was to have.
    pub message_id: MessageId,
    /// Owner.
    pub user_id: UserId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The message it answers.
    pub user_message_id: MessageId,
    /// The model that gave the text, once there is some.
    pub model: Option<String>,
    /// The text so far.
    pub content: String,
    /// When its last piece was kept, or when it was begun.
    pub updated_at: Timestamp,
}

/// Two answers at once in one conversation.
pub fn generation_running() -> Error {
    ErrorKind::Conflict
        .error("an answer is still being produced in this conversation; wait for its end")
        .with_code("generation_running")
        .with_retry_after(Duration::from_secs(1))
}
