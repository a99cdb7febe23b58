//! The lines of an export, as the import reads them.

use jarvis_core::{
    Error, Json, Result, Timestamp,
    id::{ConversationId, MemoryId, MessageId, SessionId},
    types::{
        Conversation, ConversationStatus, Memory, MemoryKind, Message, MessageStatus, OwnedMemory, Role, Session,
        SessionStatus,
    },
};
use serde::Serialize;

/// How each status is called in a file.
pub(crate) const SESSION_STATUSES: [(&str, SessionStatus); 2] =
    [("active", SessionStatus::Active), ("archived", SessionStatus::Archived)];
pub(crate) const CONVERSATION_STATUSES: [(&str, ConversationStatus); 3] = [
    ("open", ConversationStatus::Open),
    ("archived", ConversationStatus::Archived),
    ("deleted", ConversationStatus::Deleted),
];
pub(crate) const MESSAGE_STATUSES: [(&str, MessageStatus); 3] = [
    ("complete", MessageStatus::Complete),
    ("stopped", MessageStatus::Stopped),
    ("interrupted", MessageStatus::Interrupted),
];

fn name<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

#[derive(Serialize)]
pub(super) struct SessionLine<'a> {
    r#type: &'static str,
    id: SessionId,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goals: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Json>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl<'a> From<&'a Session> for SessionLine<'a> {
    fn from(row: &'a Session) -> Self {
        Self {
            r#type: "session",
            id: row.id,
            name: &row.name,
            role: row.role.as_deref(),
            goals: row.goals.as_deref(),
            template: row.template.as_deref(),
            status: name(&SESSION_STATUSES, row.status),
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ConversationLine<'a> {
    r#type: &'static str,
    id: ConversationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    /// A person's own; one that covers messages has a line behind these.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Json>,
    created_at: Timestamp,
    updated_at: Timestamp,
    active_at: Timestamp,
}

impl<'a> From<&'a Conversation> for ConversationLine<'a> {
    fn from(row: &'a Conversation) -> Self {
        Self {
            r#type: "conversation",
            id: row.id,
            session_id: row.session_id,
            title: &row.title,
            summary: row.summary.as_deref().filter(|_| row.summary_until.is_none()),
            status: name(&CONVERSATION_STATUSES, row.status),
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            active_at: row.active_at,
        }
    }
}

#[derive(Serialize)]
pub(super) struct MessageLine<'a> {
    r#type: &'static str,
    id: MessageId,
    conversation_id: ConversationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<MessageId>,
    /// It follows nothing; a line with neither follows the one before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_root: bool,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recall_score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Json>,
    created_at: Timestamp,
}

impl<'a> From<&'a Message> for MessageLine<'a> {
    fn from(row: &'a Message) -> Self {
        Self {
            r#type: "message",
            id: row.id,
            conversation_id: row.conversation_id,
            parent_id: row.parent_id,
            is_root: row.parent_id.is_none(),
            role: Role::as_str(row.role),
            author: row.author.as_deref(),
            content: &row.content,
            parts: row.parts.as_ref(),
            tokens: row.tokens,
            model: row.model.as_deref(),
            status: name(&MESSAGE_STATUSES, row.status),
            recall_score: row.recall_score,
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
        }
    }
}

/// A summary of a conversation's messages, behind these.
#[derive(Serialize)]
pub(super) struct SummaryLine<'a> {
    r#type: &'static str,
    conversation_id: ConversationId,
    until: MessageId,
    content: &'a str,
}

impl<'a> SummaryLine<'a> {
    pub(super) fn of(row: &'a Conversation) -> Option<Self> {
        let (until, content) = row.summary_until.zip(row.summary.as_deref())?;
        Some(Self { r#type: "summary", conversation_id: row.id, until, content })
    }
}

#[derive(Serialize)]
pub(super) struct MemoryLine<'a> {
    r#type: &'static str,
    id: MemoryId,
    kind: &'static str,
    category: &'a str,
    content: &'a str,
    importance: f32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
    access_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    valid_from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_by: Option<MemoryId>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    supersedes: &'a [MemoryId],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Json>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize)]
struct SourceLine {
    conversation_id: ConversationId,
    message_id: MessageId,
}

impl<'a> From<&'a OwnedMemory> for MemoryLine<'a> {
    fn from(row: &'a OwnedMemory) -> Self {
        let OwnedMemory { memory, sources, supersedes } = row;
        let Memory { id, kind, category, content, .. } = memory;
        let source = |&(conversation_id, message_id): &_| SourceLine { conversation_id, message_id };
        Self {
            r#type: "memory",
            id: *id,
            kind: MemoryKind::as_str(*kind),
            category,
            content,
            importance: memory.importance,
            pinned: memory.pinned,
            access_count: memory.access_count,
            last_accessed_at: memory.last_accessed_at,
            expires_at: memory.expires_at,
            valid_from: memory.valid_from,
            valid_to: memory.valid_to,
            superseded_by: memory.superseded_by,
            supersedes,
            sources: sources.iter().map(source).collect(),
            metadata: memory.metadata.as_ref(),
            created_at: memory.created_at,
            updated_at: memory.updated_at,
        }
    }
}

/// The last line: a file without it is not whole.
#[derive(Serialize)]
pub(super) struct EndLine {
    r#type: &'static str,
    sessions: u64,
    conversations: u64,
    messages: u64,
    memories: u64,
    exported_at: Timestamp,
}

impl EndLine {
    pub(super) fn new(counts: crate::ImportCounts, exported_at: Timestamp) -> Self {
        let crate::ImportCounts { conversations, messages, memories, sessions } = counts;
        Self { r#type: "end", sessions, conversations, messages, memories, exported_at }
    }
}

/// Writes a line.
pub(super) fn write(into: &mut Vec<u8>, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *into, line).map_err(Error::internal)?;
    into.push(b'\n');
    Ok(())
}
