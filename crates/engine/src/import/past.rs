//! What a line tells beyond a row's content when it comes from an export: its status, its times, what it is connected to.

use jarvis_core::{
    Timestamp,
    types::{ConversationStatus, MessageStatus, SessionStatus},
};
use serde_json::Value;

use super::item::{Fields, Follow, Reason, told};
use crate::{
    ImportCounts,
    export::{CONVERSATION_STATUSES, MESSAGE_STATUSES, SESSION_STATUSES},
    limits::{self, MAX_TEXT_CHARS},
};

/// Connections of one memory that are taken.
const MAX_LINKS: usize = 1_000;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SessionPast {
    pub(super) status: Option<SessionStatus>,
    pub(super) updated_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ConversationPast {
    pub(super) status: Option<ConversationStatus>,
    pub(super) summary: Option<String>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) active_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MessagePast {
    pub(super) status: Option<MessageStatus>,
    pub(super) recall_score: Option<f32>,
    /// Its conversation came just before it, in the bin.
    pub(super) in_bin: bool,
}

/// Of a memory whose line tells since when it is true: it is taken as it is, whatever there is beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MemoryPast {
    pub(super) valid_from: Timestamp,
    pub(super) valid_to: Option<Timestamp>,
    pub(super) superseded_by: Option<String>,
    pub(super) supersedes: Vec<String>,
    /// Conversation and message.
    pub(super) sources: Vec<(String, String)>,
    pub(super) pinned: bool,
    pub(super) access_count: u64,
    pub(super) last_accessed_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
}

/// The summary of a conversation up to one of its messages.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SummaryItem {
    pub(super) conversation_id: String,
    pub(super) until: String,
    pub(super) content: String,
}

/// The last line of an export.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct EndItem(pub(super) ImportCounts);

impl EndItem {
    /// Compares what the file says with what came.
    pub(super) fn check(self, came: ImportCounts) -> Result<(), Reason> {
        let told = self.0;
        let kinds = [
            ("sessions", told.sessions, came.sessions),
            ("conversations", told.conversations, came.conversations),
            ("messages", told.messages, came.messages),
            ("memories", told.memories, came.memories),
        ];
        match kinds.into_iter().find(|(_, told, came)| told != came) {
            Some((noun, told, came)) => {
                Err(format!("the export had {told} {noun}, and {came} came: the file is not whole").into())
            }
            None => Ok(()),
        }
    }
}

/// A status of ours. Other programs have other words in fields of this name, which say nothing to us.
fn status<T: Copy>(fields: &mut Fields, names: &[(&'static str, T)]) -> Result<Option<T>, Reason> {
    let given: Option<Value> = fields.value("status", "a string")?;
    let given = given.as_ref().and_then(Value::as_str).unwrap_or_default();
    Ok(names.iter().find(|(name, _)| *name == given).map(|(_, status)| *status))
}

pub(super) fn session(fields: &mut Fields) -> Result<SessionPast, Reason> {
    Ok(SessionPast { status: status(fields, &SESSION_STATUSES)?, updated_at: fields.time("updated_at")? })
}

pub(super) fn conversation(fields: &mut Fields) -> Result<ConversationPast, Reason> {
    let summary = fields.text("summary")?;
    limits::bounded_chars("summary", summary.as_deref().unwrap_or_default(), MAX_TEXT_CHARS).map_err(told)?;
    Ok(ConversationPast {
        status: status(fields, &CONVERSATION_STATUSES)?,
        summary,
        updated_at: fields.time("updated_at")?,
        active_at: fields.time("active_at")?,
    })
}

/// Where a message stands: behind its parent, at a beginning, or where it comes.
pub(super) fn follow(fields: &mut Fields) -> Result<Follow, Reason> {
    let is_root = fields.value("is_root", "true or false")?.unwrap_or(false);
    let otherwise = if is_root { Follow::Nothing } else { Follow::Latest };
    Ok(fields.id("parent_id")?.map_or(otherwise, Follow::Message))
}

pub(super) fn message(fields: &mut Fields) -> Result<MessagePast, Reason> {
    let recall_score: Option<f32> = fields.value("recall_score", "a number from 0 to 1")?;
    if recall_score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
        return Err("recall_score: expected a number from 0 to 1".into());
    }
    Ok(MessagePast { status: status(fields, &MESSAGE_STATUSES)?, recall_score, in_bin: false })
}

pub(super) fn memory(fields: &mut Fields) -> Result<Option<Box<MemoryPast>>, Reason> {
    let Some(valid_from) = fields.time("valid_from")? else { return Ok(None) };
    let supersedes: Option<Vec<Value>> = fields.value("supersedes", "a list of ids")?;
    let supersedes: Vec<Value> = supersedes.unwrap_or_default();
    let sources: Option<Vec<Value>> = fields.value("sources", "a list of objects")?;
    let sources: Vec<Value> = sources.unwrap_or_default();
    if supersedes.len() > MAX_LINKS || sources.len() > MAX_LINKS {
        return Err(format!("supersedes and sources: at most {MAX_LINKS} of each").into());
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let source = |value: &Value| Some((text(&value["conversation_id"])?, text(&value["message_id"])?));
    Ok(Some(Box::new(MemoryPast {
        valid_from,
        valid_to: fields.time("valid_to")?,
        superseded_by: fields.id("superseded_by")?,
        supersedes: supersedes.iter().filter_map(text).collect(),
        sources: sources.iter().filter_map(source).collect(),
        pinned: fields.value("pinned", "true or false")?.unwrap_or(false),
        access_count: fields.value("access_count", "a whole number from 0")?.unwrap_or(0),
        last_accessed_at: fields.time("last_accessed_at")?,
        updated_at: fields.time("updated_at")?,
    })))
}

pub(super) fn summary(fields: &mut Fields) -> Result<SummaryItem, Reason> {
    let item = SummaryItem {
        conversation_id: fields.required_id("conversation_id")?,
        until: fields.required_id("until")?,
        content: fields.required_text("content")?,
    };
    limits::bounded_chars("content", &item.content, MAX_TEXT_CHARS).map_err(told)?;
    Ok(item)
}

pub(super) fn end(fields: &mut Fields) -> Result<EndItem, Reason> {
    let mut count = |noun| Ok::<u64, Reason>(fields.value(noun, "a whole number from 0")?.unwrap_or(0));
    Ok(EndItem(ImportCounts {
        sessions: count("sessions")?,
        conversations: count("conversations")?,
        messages: count("messages")?,
        memories: count("memories")?,
    }))
}
