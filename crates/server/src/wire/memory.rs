use jarvis_core::{Json, Timestamp, types};
use jarvis_engine::{AddMemory, DEFAULT_CATEGORY, DEFAULT_IMPORTANCE};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq};
use utoipa::ToSchema;
use uuid::Uuid;

use super::MemoryKind;
use crate::extract::{Change, Submission, parsed, present, present_parsed};

/// Something worth remembering.
#[derive(Serialize, ToSchema)]
pub(crate) struct Memory<'a> {
    id: Uuid,
    kind: MemoryKind,
    category: &'a str,
    content: &'a str,
    /// 0 to 1.
    importance: f32,
    /// Never expires by itself, and counts as of full importance.
    pinned: bool,
    /// Times it was used in an answer.
    access_count: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_accessed: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Messages it was taken from; empty when a person wrote it.
    #[serde(serialize_with = "ids")]
    #[schema(value_type = Vec<Uuid>)]
    source_message_ids: &'a [jarvis_core::id::MessageId],
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_to: Option<Timestamp>,
    /// The memory that replaced it.
    superseded_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Json>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> From<&'a types::Memory> for Memory<'a> {
    fn from(row: &'a types::Memory) -> Self {
        Self {
            id: *row.id.as_uuid(),
            kind: row.kind.into(),
            category: &row.category,
            content: &row.content,
            importance: row.importance,
            pinned: row.pinned,
            access_count: row.access_count,
            last_accessed: row.last_accessed_at,
            expires_at: row.expires_at,
            source_message_ids: &row.source_message_ids,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            superseded_by: row.superseded_by.map(|id| *id.as_uuid()),
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn ids<S: Serializer>(ids: &[jarvis_core::id::MessageId], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(ids.len()))?;
    for id in ids {
        list.serialize_element(id.as_uuid())?;
    }
    list.end()
}

/// Memories, newest first.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(crate) struct Memories<'a> {
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<Memory>)]
    memories: &'a [types::Memory],
    /// Ask with it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Memories in the whole list.
    total: u64,
}

impl<'a> From<&'a types::Page<types::Memory>> for Memories<'a> {
    fn from(page: &'a types::Page<types::Memory>) -> Self {
        Self { memories: &page.items, next_cursor: page.next.map(|cursor| cursor.to_string()), total: page.total }
    }
}

fn rows<S: Serializer>(rows: &[types::Memory], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, Memory<'_>, _>(rows, serializer)
}

/// A memory to be made.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"content": "I am allergic to peanuts", "category": "health", "importance": 0.9}))]
pub(crate) struct MemoryBody {
    /// At most 50 000 bytes.
    #[serde(default)]
    #[schema(required = true)]
    content: String,
    #[serde(default = "long_term")]
    kind: MemoryKind,
    /// 1 to 50 characters.
    #[serde(default = "note")]
    category: String,
    /// 0 to 1.
    #[serde(default = "middling")]
    importance: f32,
    /// Gone from search and answers after this.
    #[serde(default, deserialize_with = "parsed")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// A JSON object of at most 64 KiB.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Json>,
    /// The local user on whose behalf this is sent.
    #[serde(default)]
    user_id: Option<String>,
}

const fn long_term() -> MemoryKind {
    MemoryKind::LongTerm
}

fn note() -> String {
    DEFAULT_CATEGORY.to_owned()
}

const fn middling() -> f32 {
    DEFAULT_IMPORTANCE
}

impl Submission for MemoryBody {
    fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }
}

impl From<MemoryBody> for AddMemory {
    fn from(body: MemoryBody) -> Self {
        let MemoryBody { content, kind, category, importance, expires_at, metadata, user_id: _ } = body;
        Self { content, kind: kind.into(), category, importance, expires_at, metadata }
    }
}

/// Changes to a memory; what is absent stays, null empties.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"importance": 1.0, "expires_at": null}))]
pub(crate) struct MemoryPatch {
    #[serde(default)]
    kind: Option<MemoryKind>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    importance: Option<f32>,
    #[serde(default, deserialize_with = "present_parsed")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Change<Timestamp>,
    /// True keeps it from expiring and counts it as of full importance, false lets it be as any other.
    #[serde(default)]
    pinned: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Json>,
}

impl From<MemoryPatch> for types::MemoryPatch {
    fn from(patch: MemoryPatch) -> Self {
        let MemoryPatch { kind, category, content, importance, expires_at, pinned, metadata } = patch;
        Self { kind: kind.map(Into::into), category, content, slot: None, importance, expires_at, pinned, metadata }
    }
}
