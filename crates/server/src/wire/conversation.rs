use jarvis_core::{Error, Json, Result, Timestamp, types};
use jarvis_engine::EraseReceipt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ConversationStatus;
use crate::extract::{Change, present};

/// A conversation, without its messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct Conversation<'a> {
    id: Uuid,
    /// The session it belongs to.
    session_id: Option<Uuid>,
    title: &'a str,
    summary: Option<&'a str>,
    status: ConversationStatus,
    /// Whether `status` is `archived`.
    is_archived: bool,
    message_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Json>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Last message or change.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Last message: the order of lists.
    #[schema(value_type = String, format = DateTime)]
    active_at: Timestamp,
}

impl<'a> From<&'a types::Conversation> for Conversation<'a> {
    fn from(row: &'a types::Conversation) -> Self {
        Self {
            id: *row.id.as_uuid(),
            session_id: row.session_id.map(|id| *id.as_uuid()),
            title: &row.title,
            summary: row.summary.as_deref(),
            status: row.status.into(),
            is_archived: row.status == types::ConversationStatus::Archived,
            message_count: row.message_count,
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            active_at: row.active_at,
        }
    }
}

/// Conversations, newest activity first.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(crate) struct Conversations<'a> {
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<Conversation>)]
    conversations: &'a [types::Conversation],
    /// Ask with it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Conversations in the whole list.
    total: u64,
}

impl<'a> From<&'a types::Page<types::Conversation>> for Conversations<'a> {
    fn from(page: &'a types::Page<types::Conversation>) -> Self {
        let next_cursor = page.next.map(|cursor| cursor.to_string());
        Self { conversations: &page.items, next_cursor, total: page.total }
    }
}

fn rows<S: serde::Serializer>(rows: &[types::Conversation], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, Conversation<'_>, _>(rows, serializer)
}

/// Changes to a conversation; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"title": "Holidays in Brittany", "archived": false}))]
pub(crate) struct ConversationPatch {
    /// 1 to 200 characters.
    #[serde(default)]
    title: Option<String>,
    /// Null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    summary: Change<String>,
    /// True puts it away, false brings it back: the same as `status` `archived` or `open`.
    #[serde(default)]
    #[serde(alias = "is_archived")]
    archived: Option<bool>,
    /// `deleted` puts it into the bin, `open` takes it out.
    #[serde(default)]
    status: Option<ConversationStatus>,
    /// Null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Json>,
}

impl TryFrom<ConversationPatch> for types::ConversationPatch {
    type Error = Error;

    fn try_from(patch: ConversationPatch) -> Result<Self> {
        let ConversationPatch { title, summary, archived, status, metadata } = patch;
        Ok(Self { title, summary, status: one_status(archived, status)?, metadata })
    }
}

/// `archived` and `status` say the same thing in two ways; together they must agree.
pub(crate) fn one_status(
    archived: Option<bool>,
    status: Option<ConversationStatus>,
) -> Result<Option<types::ConversationStatus>> {
    let by_flag =
        archived.map(|archived| if archived { ConversationStatus::Archived } else { ConversationStatus::Open });
    match (by_flag, status) {
        (Some(flag), Some(status)) if flag != status => {
            Err(Error::invalid("archived", "archived and status contradict each other; send one of them"))
        }
        (flag, status) => Ok(status.or(flag).map(Into::into)),
    }
}

/// What erasing removed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConversationErased {
    conversation_id: Uuid,
    deleted_messages: u64,
    /// Memories that came from it alone.
    deleted_memories: u64,
}

impl From<EraseReceipt> for ConversationErased {
    fn from(receipt: EraseReceipt) -> Self {
        Self {
            conversation_id: *receipt.conversation_id.as_uuid(),
            deleted_messages: receipt.messages,
            deleted_memories: receipt.memories,
        }
    }
}
