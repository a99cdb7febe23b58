use crate::{
    Json, Timestamp,
    id::{ConversationId, MessageId},
    types::{Conversation, ForeignId},
};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The person.
    User,
    /// The assistant.
    Assistant,
    /// Instructions.
    System,
    /// The result of a tool.
    Tool,
}

impl Role {
    /// As stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Tool => "tool",
        }
    }

    /// The inverse of [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Assistant, Self::System, Self::Tool].into_iter().find(|role| role.as_str() == text)
    }
}

/// Whether a message is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageStatus {
    /// As meant.
    Complete,
    /// Its person stopped the answer: what was produced is the answer.
    Stopped,
    /// The model broke off or the server died in mid-answer: what was produced is kept, an answer is still due.
    Interrupted,
}

/// Where a new message stands in its conversation's tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follows {
    /// The newest message, if there is one.
    #[default]
    Latest,
    /// None: a beginning.
    Nothing,
    /// This one, which must be of the same conversation.
    Message(MessageId),
}

/// The model that answers by quoting what was said earlier. Its answers only repeat, so recall must not propose them.
pub const RECALL_MODEL: &str = "recall";

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Identity.
    pub id: MessageId,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// Order within the conversation, from 1 without gaps at the time of writing.
    pub position: i64,
    /// The turn it comes after; an edited message or another answer shares it with the first one, so turns make a tree.
    pub parent_id: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// A name, where several people share a role.
    pub author: Option<String>,
    /// What was said.
    pub content: String,
    /// Images, tool calls.
    pub parts: Option<Json>,
    /// Tokens it counts for.
    pub tokens: Option<u32>,
    /// The model that said it.
    pub model: Option<String>,
    /// Whether it is whole.
    pub status: MessageStatus,
    /// Best score of what was recalled for it, 0 to 1.
    pub recall_score: Option<f32>,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Said at.
    pub created_at: Timestamp,
}

/// A message to be stored. Position, conversation head and statistics follow by themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// Identity.
    pub id: MessageId,
    /// Where it was said; must exist and be the same owner's.
    pub conversation_id: ConversationId,
    /// The turn it comes after.
    pub follows: Follows,
    /// Who speaks.
    pub role: Role,
    /// A name, where several people share a role.
    pub author: Option<String>,
    /// What was said.
    pub content: String,
    /// Images, tool calls.
    pub parts: Option<Json>,
    /// Tokens it counts for.
    pub tokens: Option<u32>,
    /// The model that said it.
    pub model: Option<String>,
    /// Whether it is whole.
    pub status: MessageStatus,
    /// Best score of what was recalled for it.
    pub recall_score: Option<f32>,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Where an import took it from.
    pub foreign_id: Option<ForeignId>,
    /// Said at.
    pub created_at: Timestamp,
}

impl NewMessage {
    /// A plain message; set the rest by struct update.
    pub fn text(
        id: MessageId,
        conversation_id: ConversationId,
        role: Role,
        content: impl Into<String>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            conversation_id,
            follows: Follows::Latest,
            role,
            author: None,
            content: content.into(),
            parts: None,
            tokens: None,
            model: None,
            status: MessageStatus::Complete,
            recall_score: None,
            metadata: None,
            foreign_id: None,
            created_at,
        }
    }
}

/// Which messages of a conversation to show: the latest `limit` that satisfy the bounds, answered oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageQuery {
    /// Only before this message (by position).
    pub before: Option<MessageId>,
    /// Only said at or after.
    pub since: Option<Timestamp>,
    /// Rows at most.
    pub limit: u32,
}

/// A place in a conversation to show messages from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// This message in the middle, as far as there are messages on both sides.
    Around(MessageId),
    /// What comes after this message.
    After(MessageId),
}

/// Some messages of one conversation and its head, read in one go.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage {
    /// The head.
    pub conversation: Conversation,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether older messages satisfy the query too.
    pub has_more: bool,
    /// Whether there are newer messages.
    pub has_newer: bool,
    /// The newest message, which the next one follows unless it says otherwise.
    pub latest: Option<MessageId>,
}
