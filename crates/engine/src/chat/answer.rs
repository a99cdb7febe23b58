use std::time::Duration;

use jarvis_core::{
    Json, Result, Timestamp,
    id::{ConversationId, MessageId},
    policy::recall::Chosen,
    types::{DocKind, DocRef, Message},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Characters of a recalled text shown with an answer.
const EXCERPT_CHARS: usize = 200;

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatAnswer {
    /// The answer's message.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The text.
    pub content: String,
    /// The model that gave it.
    pub model: String,
    /// Whether something the person said was remembered.
    pub memory_saved: bool,
    /// What memory contributed.
    pub memories_used: Vec<MemoryUse>,
    /// Tokens.
    pub usage: ChatUsage,
    /// From the request to the end of the answer.
    pub response_time: Duration,
    /// When it was whole.
    pub created_at: Timestamp,
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
#[derive(Serialize, Deserialize)]
struct Record {
    memories_used: Vec<MemoryUse>,
    memory_saved: bool,
    usage: ChatUsage,
    response_time_ms: u64,
}

impl ChatAnswer {
    /// The metadata of the answer's row.
    pub(super) fn record(&self) -> Result<Json> {
        Json::encode(&Record {
            memories_used: self.memories_used.clone(),
            memory_saved: self.memory_saved,
            usage: self.usage,
            response_time_ms: u64::try_from(self.response_time.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// The answer behind a stored row.
    pub(super) fn from_row(row: Message) -> Result<Self> {
        let record = row.metadata.as_ref().map(Json::decode::<Record>).transpose()?;
        let record = record.unwrap_or_else(|| Record {
            memories_used: Vec::new(),
            memory_saved: false,
            usage: ChatUsage::default(),
            response_time_ms: 0,
        });
        Ok(Self {
            id: row.id,
            conversation_id: row.conversation_id,
            content: row.content,
            model: row.model.unwrap_or_default(),
            memory_saved: record.memory_saved,
            memories_used: record.memories_used,
            usage: record.usage,
            response_time: Duration::from_millis(record.response_time_ms),
            created_at: row.created_at,
        })
    }
}
