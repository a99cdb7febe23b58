//! The way of a chat: the person's message is stored before the model is asked; the answer, its statistics and what is
//! worth remembering are stored together when it is whole; callers read the answer as it comes from a buffer that does
//! not depend on them.

mod answer;
mod background;
mod compose;
mod extract;
mod forget;
mod generation;
mod prepare;
mod produce;
mod prompt;
mod ratios;
mod remember;
mod running;
mod summarise;

use std::sync::Arc;

use jarvis_core::{
    ErrorKind, Result, Scope,
    id::{ConversationId, SessionId},
    ports::{ModelInfo, ModelParams},
};
use tokio::sync::oneshot;

pub use answer::{ChatAnswer, ChatUsage, MemoryUse};
pub(crate) use background::Background;
pub use generation::{ChatStart, Generation, GenerationEvent, GenerationReader};

use crate::{
    context::Context,
    idempotent::Idempotency,
    limits::{self, MAX_MESSAGE_BYTES, MAX_NAME_CHARS, MAX_TEXT_CHARS},
    recall::Recall,
};
use prepare::Prepared;
use running::Running;

/// Answers.
#[derive(Debug)]
pub struct Chat {
    context: Context,
    recall: Recall,
    running: Arc<Running>,
}

/// Something a person says, and how it should be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// What was said.
    pub message: String,
    /// Where; a new conversation when none.
    pub conversation_id: Option<ConversationId>,
    /// The context of a new conversation.
    pub session_id: Option<SessionId>,
    /// The model to ask; the default when none.
    pub model: Option<String>,
    /// Sampling.
    pub params: ModelParams,
    /// Whether statements about the person become memories.
    pub save_memory: bool,
    /// More for the model to know in this answer only.
    pub context: Option<String>,
    /// Makes the request repeatable.
    pub idempotency: Option<Idempotency>,
}

impl ChatRequest {
    /// A message in a new conversation, with everything else as usual.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            conversation_id: None,
            session_id: None,
            model: None,
            params: ModelParams::default(),
            save_memory: true,
            context: None,
            idempotency: None,
        }
    }
}

impl Chat {
    pub(crate) fn new(context: Context, recall: Recall) -> Self {
        running::describe();
        produce::describe();
        Self { context, recall, running: Arc::new(Running::default()) }
    }

    /// The models that may be asked.
    pub async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.context.ports.model.models().await
    }

    /// Stores what was said and begins an answer. Answers once the model has begun, so that what fails before is an
    /// error of this call; the person's message is kept then, and the same `Idempotency-Key` continues from it.
    ///
    /// The generation goes on and is stored whether or not anybody reads it.
    pub async fn send(&self, scope: Scope, request: ChatRequest) -> Result<Generation> {
        check(&request)?;
        self.check_model(request.model.as_deref()).await?;
        let (begun, answer) = oneshot::channel();
        let work = Work {
            context: self.context.clone(),
            recall: self.recall.clone(),
            running: Arc::clone(&self.running),
            scope,
            request: Arc::new(request),
        };
        self.context.spawn(work.run(begun));
        answer.await.map_err(|_| {
            ErrorKind::Internal.error("the answer ended before it began; the log names the cause under this request id")
        })?
    }

    /// Refuses an unknown model before anything is stored.
    async fn check_model(&self, name: Option<&str>) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        let models = self.models().await?;
        if models.iter().any(|model| model.id == name) {
            return Ok(());
        }
        let known = models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>().join(", ");
        Err(jarvis_core::Error::invalid("model", format!("there is no such model; known are: {known}")))
    }
}

/// One answer being worked on, in its own task.
struct Work {
    context: Context,
    recall: Recall,
    running: Arc<Running>,
    scope: Scope,
    request: Arc<ChatRequest>,
}

impl Work {
    async fn run(self, begun: oneshot::Sender<Result<Generation>>) {
        // Nobody listens any more when a send fails; the work goes on all the same.
        match self.prepare().await {
            Ok(Prepared::Replay(generation)) => drop(begun.send(Ok(generation))),
            Ok(Prepared::Fresh(turn)) => match self.ask(&turn).await {
                Ok((generation, asked)) => {
                    drop(begun.send(Ok(generation)));
                    self.produce(*turn, asked).await;
                }
                Err(error) => drop(begun.send(Err(error))),
            },
            Err(error) => drop(begun.send(Err(error))),
        }
    }
}

fn check(request: &ChatRequest) -> Result<()> {
    limits::required_text("message", &request.message, MAX_MESSAGE_BYTES)?;
    limits::bounded_chars("model", request.model.as_deref().unwrap_or_default(), MAX_NAME_CHARS)?;
    limits::bounded_chars("context", request.context.as_deref().unwrap_or_default(), MAX_TEXT_CHARS)?;
    if let Some(temperature) = request.params.temperature
        && !(0.0..=2.0).contains(&temperature)
    {
        return Err(jarvis_core::Error::invalid("temperature", "temperature must be from 0 to 2"));
    }
    if request.params.max_tokens == Some(0) {
        return Err(jarvis_core::Error::invalid("max_tokens", "max_tokens must be at least 1"));
    }
    Ok(())
}
