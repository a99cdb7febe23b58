use std::time::Duration;

use jarvis_core::{
    Json, Result, Timestamp,
    id::{ConversationId, MessageId},
    policy::recall::Chosen,
    ports::FinishReason,
    types::{DocKind, DocRef, Follows, Message, MessageStatus, NewMessage, Role},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Characters of a recalled text shown with an answer.
const EXCERPT_CHARS: usize = 200;

/// An answer that is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatAnswer {
    /// The answer's message.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The text. Between nodes it goes apart.
    #[serde(skip)]
    pub content: String,
    /// The model that gave it.
    pub model: String,
    /// Whether something the person said was remembered.
    pub memory_saved: bool,
    /// What memory contributed.
    pub memories_used: Vec<MemoryUse>,
    /// Tokens.
    pub usage: ChatUsage,
    /// Why it ended.
    pub finish_reason: ChatFinish,
    /// From the request to the end of the answer.
    pub response_time: Duration,
    /// When it ended.
    pub created_at: Timestamp,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatFinish {
    /// The model was done.
    #[default]
    Stop,
    /// `max_tokens` was reached.
    Length,
    /// It was stopped by its person, or because nobody read it any more.
    Stopped,
    /// The model broke off, or the server died.
    Interrupted,
}

impl ChatFinish {
    const fn status(self) -> MessageStatus {
        match self {
            Self::Stop | Self::Length => MessageStatus::Complete,
            Self::Stopped => MessageStatus::Stopped,
            Self::Interrupted => MessageStatus::Interrupted,
        }
    }
}

impl From<FinishReason> for ChatFinish {
    fn from(reason: FinishReason) -> Self {
        match reason {
            FinishReason::Stop => Self::Stop,
            FinishReason::Length => Self::Length,
        }
    }
}

/// A recalled text that the model was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryUse {
    /// The message or memory.
    pub id: Uuid,
    /// Which of the two.
    pub kind: DocKind,
    /// 0 to 1 within this answer.
    pub score: f32,
    /// Its beginning.
    pub excerpt: String,
}

/// Tokens of an answer, as the model counted them or estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatUsage {
    /// Of the prompt.
    pub prompt_tokens: u32,
    /// Of the answer.
    pub completion_tokens: u32,
}

impl MemoryUse {
    pub(super) fn of(chosen: &Chosen) -> Self {
        let DocRef { kind, id } = chosen.proposal.doc;
        let content = &chosen.proposal.content;
        let mut excerpt: String = content.chars().take(EXCERPT_CHARS).collect();
        if excerpt.len() < content.len() {
            excerpt.push('…');
        }
        Self { id, kind, score: chosen.score, excerpt }
    }
}

/// What is kept with the answer's row, so that a repeated request gets the same answer.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    memories_used: Vec<MemoryUse>,
    memory_saved: bool,
    usage: ChatUsage,
    finish_reason: ChatFinish,
    response_time_ms: u64,
}

/// What memory contributed to a stored answer; empty for what is none of ours.
pub fn memories_used(row: &Message) -> Vec<MemoryUse> {
    match &row.metadata {
        Some(json) if row.role == Role::Assistant => {
            json.decode::<Record>().map(|record| record.memories_used).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

impl ChatAnswer {
    /// The answer as a row below the message that it answers.
    pub(super) fn row(&self, answers: MessageId) -> Result<NewMessage> {
        let record = Record {
            memories_used: self.memories_used.clone(),
            memory_saved: self.memory_saved,
            usage: self.usage,
            finish_reason: self.finish_reason,
            response_time_ms: u64::try_from(self.response_time.as_millis()).unwrap_or(u64::MAX),
        };
        let text = self.content.clone();
        Ok(NewMessage {
            follows: Follows::Message(answers),
            tokens: Some(self.usage.completion_tokens),
            model: Some(self.model.clone()).filter(|model| !model.is_empty()),
            status: self.finish_reason.status(),
            recall_score: self.memories_used.first().map(|used| used.score),
            metadata: Some(Json::encode(&record)?),
            ..NewMessage::text(self.id, self.conversation_id, Role::Assistant, text, self.created_at)
        })
    }

    /// The answer behind a stored row.
    pub(super) fn from_row(row: Message) -> Self {
        // what was imported carries its owner's metadata, which says nothing to us
        let record: Record = row.metadata.as_ref().and_then(|json| json.decode().ok()).unwrap_or_default();
        Self {
            id: row.id,
            conversation_id: row.conversation_id,
            content: row.content,
            model: row.model.unwrap_or_default(),
            memory_saved: record.memory_saved,
            memories_used: record.memories_used,
            usage: record.usage,
            finish_reason: match row.status {
                MessageStatus::Complete => record.finish_reason,
                MessageStatus::Stopped => ChatFinish::Stopped,
                MessageStatus::Interrupted => ChatFinish::Interrupted,
            },
            response_time: Duration::from_millis(record.response_time_ms),
            created_at: row.created_at,
        }
    }
}
