use jarvis_core::{Json, Timestamp, types};
use jarvis_engine::{Branch, MemoryUse, memories_used};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Conversation, MemoryUsed, MessageStatus, ROW_OVERHEAD, Role};

/// One turn of a conversation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message<'a> {
    id: Uuid,
    conversation_id: Uuid,
    /// Order within the conversation, from 1.
    position: i64,
    /// The turn it answers or replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<Uuid>,
    role: Role,
    /// A name, where several people share a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    content: &'a str,
    /// Images, tool calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    parts: Option<&'a Json>,
    /// The model that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    /// Tokens it counts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u32>,
    status: MessageStatus,
    /// What memory contributed to an answer; absent when that is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "used")]
    #[schema(value_type = Vec<MemoryUsed>, required = false)]
    memories_used: Vec<MemoryUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Json>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The same as `created_at`.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

impl Message<'_> {
    /// Bytes it is expected to take.
    pub(crate) fn size(row: &types::Message) -> usize {
        row.content.len() + row.metadata.as_ref().map_or(0, |metadata| metadata.as_str().len()) + ROW_OVERHEAD
    }
}

impl<'a> From<&'a types::Message> for Message<'a> {
    fn from(row: &'a types::Message) -> Self {
        Self {
            id: *row.id.as_uuid(),
            conversation_id: *row.conversation_id.as_uuid(),
            position: row.position,
            parent_id: row.parent_id.map(|id| *id.as_uuid()),
            role: row.role.into(),
            author: row.author.as_deref(),
            content: &row.content,
            parts: row.parts.as_ref(),
            model: row.model.as_deref(),
            tokens: row.tokens,
            status: row.status.into(),
            memories_used: memories_used(row),
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
            timestamp: row.created_at,
        }
    }
}

/// Some messages of a conversation, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct History<'a> {
    conversation: Conversation<'a>,
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<Message>)]
    messages: &'a [types::Message],
    /// Messages in the conversation.
    total_count: u64,
    /// Whether there are older ones: ask with `before` = the id of the first message here.
    has_more: bool,
    /// Whether there are newer ones: ask with `after` = the id of the last message here.
    has_newer: bool,
    /// The newest message: the next one follows it, unless its `parent_id` names another.
    active_leaf: Option<Uuid>,
}

impl<'a> From<&'a types::MessagePage> for History<'a> {
    fn from(page: &'a types::MessagePage) -> Self {
        Self {
            conversation: (&page.conversation).into(),
            messages: &page.messages,
            total_count: page.conversation.message_count,
            has_more: page.has_more,
            has_newer: page.has_newer,
            active_leaf: page.latest.map(|id| *id.as_uuid()),
        }
    }
}

impl History<'_> {
    /// Bytes the whole is expected to take.
    pub(crate) fn size(&self) -> usize {
        2 * ROW_OVERHEAD + self.messages.iter().map(Message::size).sum::<usize>()
    }
}

fn rows<S: serde::Serializer>(messages: &[types::Message], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, Message<'_>, _>(messages, serializer)
}

fn used<S: serde::Serializer>(uses: &[MemoryUse], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, MemoryUsed<'_>, _>(uses, serializer)
}

/// A message and its place.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageInContext<'a> {
    message: Message<'a>,
    conversation: Conversation<'a>,
    /// What stands before it, oldest first.
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<Message>)]
    before: &'a [types::Message],
    /// What stands after it.
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<Message>)]
    after: &'a [types::Message],
}

impl<'a> MessageInContext<'a> {
    pub(crate) fn new(message: &'a types::Message, page: &'a types::MessagePage) -> Self {
        let place = page.messages.partition_point(|row| row.position < message.position);
        let (before, rest) = page.messages.split_at(place);
        let after = rest.get(1..).unwrap_or_default();
        Self { message: message.into(), conversation: (&page.conversation).into(), before, after }
    }

    /// Bytes the whole is expected to take.
    pub(crate) fn size(&self) -> usize {
        let rows = self.before.iter().chain(self.after);
        rows.map(|row| row.content.len() + ROW_OVERHEAD).sum::<usize>() + self.message.content.len() + 4 * ROW_OVERHEAD
    }
}

/// The branches of a conversation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Branches {
    /// The newest message: the next one follows it, unless its `parent_id` names another.
    active_leaf: Option<Uuid>,
    branches: Vec<BranchRow>,
}

/// One way through a conversation, from its beginning to a message that nothing follows.
#[derive(Serialize, ToSchema)]
struct BranchRow {
    /// Its last message.
    leaf: Uuid,
    /// Who said that.
    role: Role,
    /// Messages from the beginning.
    message_count: u64,
    /// The last message that it shares with the active branch; null when it has a beginning of its own.
    departs_from: Option<Uuid>,
    is_active: bool,
    /// When its last message was said.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&[Branch]> for Branches {
    fn from(branches: &[Branch]) -> Self {
        let row = |branch: &Branch| BranchRow {
            leaf: *branch.leaf.as_uuid(),
            role: branch.role.into(),
            message_count: branch.turns,
            departs_from: branch.departs_from.map(|id| *id.as_uuid()),
            is_active: branch.is_active,
            created_at: branch.at,
        };
        let active = branches.iter().find(|branch| branch.is_active);
        Self { active_leaf: active.map(|branch| *branch.leaf.as_uuid()), branches: branches.iter().map(row).collect() }
    }
}
