use jarvis_core::{Json, Timestamp, types};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Conversation, MessageStatus, ROW_OVERHEAD, Role};

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
    /// Of an answer: `memories_used`, `memory_saved`, `usage`, `finish_reason` and `response_time_ms`, as when it was given.
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
}

impl<'a> From<&'a types::MessagePage> for History<'a> {
    fn from(page: &'a types::MessagePage) -> Self {
        Self {
            conversation: (&page.conversation).into(),
            messages: &page.messages,
            total_count: page.conversation.message_count,
            has_more: page.has_more,
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
