use jarvis_core::{
    Timestamp,
    id::{ConversationId, MessageId, SessionId},
    ports::{ModelInfo, ModelParams},
    types::Follows,
};
use jarvis_engine::{ChatRequest, Idempotency, MemoryUse, RegenerateRequest};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{FinishReason, ItemKind, Role};
use crate::extract::{Change, Submission, parsed, present_parsed};

/// Something a person says, and how it should be answered.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"message": "My daughter Ada turns seven on the third of March."}))]
pub(crate) struct ChatBody {
    /// At most 100 000 bytes. `content` is taken as well.
    #[serde(default, alias = "content")]
    #[schema(required = true)]
    message: String,
    /// The conversation to go on with; a new one when absent.
    #[serde(default, deserialize_with = "parsed")]
    #[schema(value_type = Option<Uuid>)]
    conversation_id: Option<ConversationId>,
    /// The message of this conversation that this one comes after: the latest when absent, none when null. To edit what
    /// was said, send the changed text with the `parent_id` of the edited message; both stay, as branches.
    #[serde(default, deserialize_with = "present_parsed")]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Change<MessageId>,
    /// The session of a new conversation.
    #[serde(default, deserialize_with = "parsed")]
    #[schema(value_type = Option<Uuid>)]
    session_id: Option<SessionId>,
    /// The local user on whose behalf this is sent.
    #[serde(default)]
    user_id: Option<String>,
    /// One of `/api/chat/models`; the first of them when absent.
    #[serde(default)]
    model: Option<String>,
    /// 0 to 2.
    #[serde(default)]
    temperature: Option<f32>,
    /// Tokens of the answer at most.
    #[serde(default)]
    max_tokens: Option<u32>,
    /// Answer with server-sent events; `Accept: text/event-stream` asks the same.
    #[serde(default)]
    stream: Option<bool>,
    /// Whether statements about the person become memories; true when absent.
    #[serde(default)]
    save_memory: Option<bool>,
    /// More for the model to know in this answer only.
    #[serde(default)]
    context: Option<String>,
}

impl Submission for ChatBody {
    fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }
}

impl ChatBody {
    pub(crate) fn wants_stream(&self) -> Option<bool> {
        self.stream
    }

    pub(crate) fn into_request(self, idempotency: Option<Idempotency>, streamed: bool) -> ChatRequest {
        ChatRequest {
            message: self.message,
            conversation_id: self.conversation_id,
            follows: match self.parent_id {
                None => Follows::Latest,
                Some(None) => Follows::Nothing,
                Some(Some(parent)) => Follows::Message(parent),
            },
            session_id: self.session_id,
            model: self.model,
            params: ModelParams { temperature: self.temperature, max_tokens: self.max_tokens },
            save_memory: self.save_memory.unwrap_or(true),
            context: self.context,
            idempotency,
            join: streamed,
        }
    }
}

/// How something that was said should be answered again.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({}))]
pub(crate) struct RegenerateBody {
    /// The local user on whose behalf this is sent.
    #[serde(default)]
    user_id: Option<String>,
    /// One of `/api/chat/models`; the first of them when absent.
    #[serde(default)]
    model: Option<String>,
    /// 0 to 2.
    #[serde(default)]
    temperature: Option<f32>,
    /// Tokens of the answer at most.
    #[serde(default)]
    max_tokens: Option<u32>,
    /// Answer with server-sent events; `Accept: text/event-stream` asks the same.
    #[serde(default)]
    stream: Option<bool>,
    /// Whether statements about the person become memories, when the message has no answer yet; true when absent.
    #[serde(default)]
    save_memory: Option<bool>,
}

impl Submission for RegenerateBody {
    const MAY_BE_EMPTY: bool = true;

    fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }
}

impl RegenerateBody {
    pub(crate) fn wants_stream(&self) -> Option<bool> {
        self.stream
    }

    pub(crate) fn into_request(
        self,
        message_id: MessageId,
        idempotency: Option<Idempotency>,
        streamed: bool,
    ) -> RegenerateRequest {
        RegenerateRequest {
            message_id,
            model: self.model,
            params: ModelParams { temperature: self.temperature, max_tokens: self.max_tokens },
            save_memory: self.save_memory.unwrap_or(true),
            idempotency,
            join: streamed,
        }
    }
}

/// An answer that is stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatAnswer<'a> {
    /// The answer's message.
    id: Uuid,
    conversation_id: Uuid,
    /// The message it answers.
    user_message_id: Uuid,
    /// Always `assistant`.
    role: Role,
    content: &'a str,
    /// The same as `content`.
    response: &'a str,
    model: &'a str,
    /// Whether something that was said became a memory.
    memory_saved: bool,
    #[serde(serialize_with = "uses")]
    #[schema(value_type = Vec<MemoryUsed>)]
    memories_used: &'a [MemoryUse],
    #[schema(inline)]
    usage: ChatUsage,
    finish_reason: FinishReason,
    response_time_ms: u64,
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(crate) struct ChatUsage {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
}

impl From<jarvis_engine::ChatUsage> for ChatUsage {
    fn from(usage: jarvis_engine::ChatUsage) -> Self {
        let jarvis_engine::ChatUsage { prompt_tokens, completion_tokens } = usage;
        Self { prompt_tokens, completion_tokens, total_tokens: prompt_tokens.saturating_add(completion_tokens) }
    }
}

impl<'a> ChatAnswer<'a> {
    pub(crate) fn new(answer: &'a jarvis_engine::ChatAnswer, user_message_id: MessageId) -> Self {
        Self {
            id: *answer.id.as_uuid(),
            conversation_id: *answer.conversation_id.as_uuid(),
            user_message_id: *user_message_id.as_uuid(),
            role: Role::Assistant,
            content: &answer.content,
            response: &answer.content,
            model: &answer.model,
            memory_saved: answer.memory_saved,
            memories_used: &answer.memories_used,
            usage: answer.usage.into(),
            finish_reason: answer.finish_reason.into(),
            response_time_ms: u64::try_from(answer.response_time.as_millis()).unwrap_or(u64::MAX),
            timestamp: answer.created_at,
        }
    }

    /// Bytes it is expected to take.
    pub(crate) fn size(&self) -> usize {
        1024 + 2 * self.content.len() + 400 * self.memories_used.len()
    }
}

/// What stopping an answer came to: the answer as it is stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct StopAnswer<'a> {
    /// The same as `id`.
    message_id: Uuid,
    /// Whether this request stopped it; false when it had ended before.
    stopped: bool,
    #[serde(flatten)]
    answer: ChatAnswer<'a>,
}

impl<'a> From<&'a jarvis_engine::StopOutcome> for StopAnswer<'a> {
    fn from(outcome: &'a jarvis_engine::StopOutcome) -> Self {
        Self {
            message_id: *outcome.start.message_id.as_uuid(),
            stopped: outcome.stopped,
            answer: ChatAnswer::new(&outcome.answer, outcome.start.user_message_id),
        }
    }
}

impl StopAnswer<'_> {
    /// Bytes it is expected to take.
    pub(crate) fn size(&self) -> usize {
        self.answer.size()
    }
}

/// A recalled text that the model was given.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemoryUsed<'a> {
    /// The message or memory.
    id: Uuid,
    kind: ItemKind,
    /// 0 to 1 within this answer.
    score: f32,
    /// Its beginning.
    excerpt: &'a str,
}

impl<'a> From<&'a MemoryUse> for MemoryUsed<'a> {
    fn from(used: &'a MemoryUse) -> Self {
        Self { id: used.id, kind: used.kind.into(), score: used.score, excerpt: &used.excerpt }
    }
}

fn uses<S: Serializer>(uses: &[MemoryUse], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, MemoryUsed<'_>, _>(uses, serializer)
}

/// One server-sent event, as its lines tell it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `events` writes line by line")]
pub(crate) struct StreamEvent {
    /// `start`, `memory`, `token`, `done` or `error`.
    event: String,
    /// Bytes of text so far.
    id: String,
    /// A JSON object, such as ChatStart, MemoriesUsed, TextPiece, ChatAnswer or ErrorBody.
    data: String,
}

/// Event `start` of a stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatStart<'a> {
    /// The answer's message.
    message_id: Uuid,
    /// The message it answers.
    user_message_id: Uuid,
    conversation_id: Uuid,
    model: &'a str,
}

impl<'a> From<&'a jarvis_engine::ChatStart> for ChatStart<'a> {
    fn from(start: &'a jarvis_engine::ChatStart) -> Self {
        Self {
            message_id: *start.message_id.as_uuid(),
            user_message_id: *start.user_message_id.as_uuid(),
            conversation_id: *start.conversation_id.as_uuid(),
            model: &start.model,
        }
    }
}

/// Answers that are being produced, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunningAnswers<'a> {
    #[serde(serialize_with = "starts")]
    #[schema(value_type = Vec<ChatStart>)]
    running: &'a [jarvis_engine::ChatStart],
}

impl<'a> From<&'a [jarvis_engine::ChatStart]> for RunningAnswers<'a> {
    fn from(running: &'a [jarvis_engine::ChatStart]) -> Self {
        Self { running }
    }
}

fn starts<S: Serializer>(starts: &[jarvis_engine::ChatStart], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, ChatStart<'_>, _>(starts, serializer)
}

/// Event `memory` of a stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemoriesUsed<'a> {
    #[serde(serialize_with = "uses")]
    #[schema(value_type = Vec<MemoryUsed>)]
    pub(crate) memories_used: &'a [MemoryUse],
}

/// Event `token` of a stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct TextPiece<'a> {
    pub(crate) text: &'a str,
}

/// The models that may be asked, the default first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Models<'a> {
    models: Vec<Model<'a>>,
}

#[derive(Serialize, ToSchema)]
struct Model<'a> {
    /// Its name in requests.
    id: &'a str,
    /// Who serves it.
    provider: &'a str,
    description: &'a str,
    /// Whether it answers when a request names none.
    default: bool,
}

impl<'a> From<&'a [ModelInfo]> for Models<'a> {
    fn from(models: &'a [ModelInfo]) -> Self {
        let model = |(index, model): (usize, &'a ModelInfo)| Model {
            id: &model.id,
            provider: model.provider,
            description: &model.description,
            default: index == 0,
        };
        Self { models: models.iter().enumerate().map(model).collect() }
    }
}
