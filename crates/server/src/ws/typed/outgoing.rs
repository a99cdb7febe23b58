use jarvis_core::{Error, Timestamp, id::MessageId};
use jarvis_engine::ChatAnswer;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    error::whole_seconds,
    wire::{ChatStart, ChatUsage, Conversation, FinishReason, Health, MemoriesUsed, Memory, Message, Role},
};

/// A message with what the client calls its request.
#[derive(Serialize)]
pub(super) struct Tagged<'a> {
    #[serde(flatten)]
    pub(super) outgoing: Outgoing<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<&'a str>,
}

/// What a client is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outgoing<'a> {
    ChatStart {
        #[serde(flatten)]
        start: ChatStart<'a>,
        /// Whether an earlier request with the same key has the answer.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        replayed: bool,
    },
    ChatToken {
        message_id: Uuid,
        text: &'a str,
        /// Bytes of text so far.
        id: usize,
    },
    ChatResponse(ChatResponse<'a>),
    ChatStopped {
        message_id: Uuid,
        conversation_id: Uuid,
        /// Whether it ended because of this.
        stopped: bool,
    },
    Subscribed {
        channels: Vec<String>,
    },
    SystemStatus {
        phase: &'static str,
        status: Health<'a>,
    },
    ConversationUpdated {
        conversation: Conversation<'a>,
    },
    ConversationErased {
        conversation_id: Uuid,
    },
    MessageCreated {
        message: Message<'a>,
    },
    MemoryCreated {
        memory: Memory<'a>,
    },
    DataErased,
    Missed {
        count: u64,
    },
    AuthOk,
    Pong,
    Error(Failure<'a>),
}

/// A whole answer.
#[derive(Serialize)]
pub(super) struct ChatResponse<'a> {
    message: Answer<'a>,
    conversation_id: Uuid,
    user_message_id: Uuid,
    memory_saved: bool,
    #[serde(flatten)]
    memories: MemoriesUsed<'a>,
    usage: ChatUsage,
    finish_reason: FinishReason,
    response_time_ms: u64,
}

/// The message of an answer.
#[derive(Serialize)]
struct Answer<'a> {
    id: Uuid,
    conversation_id: Uuid,
    role: Role,
    content: &'a str,
    model: &'a str,
    created_at: Timestamp,
    timestamp: Timestamp,
}

impl<'a> From<(&'a ChatAnswer, MessageId)> for ChatResponse<'a> {
    fn from((answer, user_message_id): (&'a ChatAnswer, MessageId)) -> Self {
        let conversation_id = *answer.conversation_id.as_uuid();
        Self {
            message: Answer {
                id: *answer.id.as_uuid(),
                conversation_id,
                role: Role::Assistant,
                content: &answer.content,
                model: &answer.model,
                created_at: answer.created_at,
                timestamp: answer.created_at,
            },
            conversation_id,
            user_message_id: *user_message_id.as_uuid(),
            memory_saved: answer.memory_saved,
            memories: MemoriesUsed { memories_used: &answer.memories_used },
            usage: answer.usage.into(),
            finish_reason: answer.finish_reason.into(),
            response_time_ms: u64::try_from(answer.response_time.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// What went wrong.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
    /// Seconds after which the same may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// The answer that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<Uuid>,
    /// What the log knows the socket by.
    socket_id: &'a str,
}

#[derive(Serialize)]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
}

impl<'a> Failure<'a> {
    pub(super) fn new(error: &'a Error, socket_id: &'a str) -> Self {
        let details = error.field().map(|field| Details { field: Some(field), channel: None });
        let retry_after = error.retry_after().map(whole_seconds);
        Self { code: error.code(), message: error.message(), details, retry_after, message_id: None, socket_id }
    }

    /// Names the channel that is to blame.
    pub(super) fn about_channel(mut self, channel: &'a str) -> Self {
        self.details = Some(Details { field: Some("channels"), channel: Some(channel) });
        self
    }

    /// Names the answer that failed.
    pub(super) fn about_message(mut self, message_id: Option<MessageId>) -> Self {
        self.message_id = message_id.map(|id| *id.as_uuid());
        self
    }
}
