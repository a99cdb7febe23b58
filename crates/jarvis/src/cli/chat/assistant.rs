//! Whoever answers: the use-cases in this process, or the server that has the data directory.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use futures_util::{StreamExt, stream, stream::BoxStream};
use jarvis_core::{
    Scope, Timestamp,
    id::{ConversationId, MessageId, SessionId},
    types::{ConversationQuery, ConversationStatus},
};
use jarvis_engine::{ChatAnswer, ChatFinish, ChatRequest, Engine, GenerationEvent, MemoryUse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    access::Access,
    events::Event,
    remote::{Refusal, Remote},
};

/// Something said, and where.
#[derive(Clone, Debug)]
pub(super) struct Say {
    pub(super) message: String,
    pub(super) conversation: Option<ConversationId>,
    /// Of a new conversation.
    pub(super) session: Option<SessionId>,
    pub(super) model: Option<String>,
}

/// What happens to an answer.
#[derive(Debug)]
pub(super) enum News {
    Start(Start),
    Text(String),
    Done(Box<Answer>),
}

/// The beginning of an answer; the form of the event `start`.
#[derive(Debug, Deserialize)]
pub(super) struct Start {
    pub(super) message_id: MessageId,
    pub(super) conversation_id: ConversationId,
}

/// An answer that is stored; the form of `POST /api/chat`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    id: MessageId,
    pub(super) conversation_id: ConversationId,
    user_message_id: MessageId,
    pub(super) content: String,
    pub(super) model: String,
    memory_saved: bool,
    pub(super) memories_used: Vec<Used>,
    usage: Usage,
    pub(super) finish_reason: ChatFinish,
    response_time_ms: u64,
    timestamp: Timestamp,
}

/// A recalled text that the model was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Used {
    id: Uuid,
    pub(super) kind: String,
    pub(super) score: f32,
    pub(super) excerpt: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
struct Usage {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
}

/// A model that may be asked.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    pub(super) id: String,
    pub(super) description: String,
}

#[derive(Deserialize)]
struct Models {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Conversations {
    conversations: Vec<Head>,
}

#[derive(Deserialize)]
struct Head {
    id: ConversationId,
}

#[derive(Deserialize)]
struct Piece {
    text: String,
}

/// Whoever answers.
pub(super) enum Assistant<'a> {
    Here { engine: Arc<Engine>, scope: Scope },
    There { server: &'a Remote, user: Vec<(&'static str, String)> },
}

impl<'a> Assistant<'a> {
    pub(super) async fn new(access: &'a Access, user: Option<&str>) -> Result<Self> {
        Ok(match access {
            Access::Local(services) => {
                let engine = Arc::clone(&services.engine);
                let scope = engine.users.meant(user, true).await?;
                Self::Here { engine, scope }
            }
            Access::Remote(server) => {
                let user = user.map(|user| ("user_id", user.to_owned()));
                Self::There { server, user: user.into_iter().collect() }
            }
        })
    }

    /// Says something. The stream ends behind `Done`, or with the error that the answer failed with.
    pub(super) async fn say(&self, say: Say) -> Result<BoxStream<'static, Result<News>>> {
        match self {
            Self::Here { engine, scope } => say_here(engine, *scope, say).await,
            Self::There { server, user } => {
                let Say { message, conversation, session, model } = say;
                let body = json!({
                    "message": message, "conversation_id": conversation, "session_id": session, "model": model,
                    "stream": true,
                });
                let events = server.events("/api/chat", user, &body).await?;
                Ok(events.filter_map(|event| async { event.and_then(|event| news(&event)).transpose() }).boxed())
            }
        }
    }

    /// Stops an answer; what there is of it is kept.
    pub(super) async fn stop(&self, answer: MessageId) -> Result<()> {
        match self {
            Self::Here { engine, scope } => drop(engine.chat.stop(scope, answer).await?),
            Self::There { server, user } => {
                drop(server.post::<serde_json::Value>(&format!("/api/chat/stop/{answer}"), user).await?);
            }
        }
        Ok(())
    }

    /// The models that may be asked, the default first.
    pub(super) async fn models(&self) -> Result<Vec<Model>> {
        Ok(match self {
            Self::Here { engine, .. } => {
                let models = engine.chat.models().await?.into_iter();
                models.map(|model| Model { id: model.id, description: model.description }).collect()
            }
            Self::There { server, user } => server.get::<Models>("/api/chat/models", user).await?.models,
        })
    }

    /// The conversation that something was said in last.
    pub(super) async fn latest(&self, session: Option<SessionId>) -> Result<ConversationId> {
        let latest = match self {
            Self::Here { engine, scope } => {
                let query = ConversationQuery {
                    status: ConversationStatus::Open,
                    session_id: session,
                    title_contains: None,
                    limit: 1,
                    after: None,
                };
                engine.conversations.list(scope, &query).await?.items.first().map(|head| head.id)
            }
            Self::There { server, user } => {
                let mut query = user.clone();
                query.push(("limit", 1.to_string()));
                query.extend(session.map(|id| ("session_id", id.to_string())));
                let list: Conversations = server.get("/api/chat/conversations", &query).await?;
                list.conversations.first().map(|head| head.id)
            }
        };
        latest.context("there is no conversation to continue; leave --continue out to begin one")
    }
}

async fn say_here(engine: &Engine, scope: Scope, say: Say) -> Result<BoxStream<'static, Result<News>>> {
    let Say { message, conversation, session, model } = say;
    let request =
        ChatRequest { conversation_id: conversation, session_id: session, model, ..ChatRequest::new(message) };
    let generation = engine.chat.send(scope, request).await?;
    let start = &generation.start;
    let said = start.user_message_id;
    let begun = News::Start(Start { message_id: start.message_id, conversation_id: start.conversation_id });
    let rest = stream::unfold(generation.reader(), move |mut reader| async move {
        let news = match reader.next().await? {
            GenerationEvent::Recalled(_) => None,
            GenerationEvent::Text { text, .. } => Some(Ok(News::Text(text))),
            GenerationEvent::Done(answer) => Some(Ok(News::Done(Box::new(Answer::new(&answer, said))))),
            GenerationEvent::Failed(error) => Some(Err(error.into())),
        };
        Some((news, reader))
    });
    let rest = rest.filter_map(|news| async { news });
    Ok(stream::iter([Ok(begun)]).chain(rest).boxed())
}

/// What an event tells; none for those that nobody waits for here.
fn news(event: &Event) -> Result<Option<News>> {
    let data = &event.data;
    Ok(match event.name.as_str() {
        "start" => Some(News::Start(serde_json::from_str(data)?)),
        "token" => Some(News::Text(serde_json::from_str::<Piece>(data)?.text)),
        "done" => Some(News::Done(serde_json::from_str(data)?)),
        "error" => return Err(anyhow!(serde_json::from_str::<Refusal>(data)?.error.message)),
        _ => None,
    })
}

impl Answer {
    fn new(answer: &ChatAnswer, user_message_id: MessageId) -> Self {
        let (prompt_tokens, completion_tokens) = (answer.usage.prompt_tokens, answer.usage.completion_tokens);
        let total_tokens = prompt_tokens.saturating_add(completion_tokens);
        Self {
            id: answer.id,
            conversation_id: answer.conversation_id,
            user_message_id,
            content: answer.content.clone(),
            model: answer.model.clone(),
            memory_saved: answer.memory_saved,
            memories_used: answer.memories_used.iter().map(Used::from).collect(),
            usage: Usage { prompt_tokens, completion_tokens, total_tokens },
            finish_reason: answer.finish_reason,
            response_time_ms: u64::try_from(answer.response_time.as_millis()).unwrap_or(u64::MAX),
            timestamp: answer.created_at,
        }
    }
}

impl From<&MemoryUse> for Used {
    fn from(used: &MemoryUse) -> Self {
        let kind = match used.kind {
            jarvis_core::types::DocKind::Message => "message",
            jarvis_core::types::DocKind::Memory => "memory",
        };
        Self { id: used.id, kind: kind.to_owned(), score: used.score, excerpt: used.excerpt.clone() }
    }
}
