//! The way of a chat: the person's message is stored before the model is asked; the answer, its statistics and what is
//! worth remembering are stored together when it ended; callers read the answer as it comes from a buffer that does not
//! depend on them, and may come back to it.

mod again;
mod answer;
mod background;
mod compose;
mod ending;
mod extract;
mod following;
mod forget;
mod generation;
mod keeper;
mod left;
mod lookup;
mod mirrors;
mod prepare;
mod produce;
mod ratios;
mod registry;
mod remember;
mod serving;
mod summarise;

use std::{future::pending, sync::Arc};

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{ConversationId, MessageId, SessionId},
    ports::{ModelInfo, ModelParams},
    types::Follows,
};
use tokio::sync::{SetOnce, oneshot};

pub(crate) use crate::{
    OnDisconnect,
    accounts::Allowance,
    context::Context,
    idempotent::Idempotency,
    limits::{self, MAX_MESSAGE_BYTES, MAX_NAME_CHARS, MAX_TEXT_CHARS},
    recall::Recall,
};
pub use answer::{ChatAnswer, ChatFinish, ChatUsage, MemoryUse, memories_used};
pub(crate) use background::Background;
pub use generation::{ChatStart, Generation, GenerationEvent, GenerationReader};
use keeper::Keeper;
pub(crate) use left::close_what_is_left;
pub use lookup::StopOutcome;
use prepare::{Prepared, Turn};
use produce::Asked;
pub(crate) use registry::Registry;
pub(crate) use serving::answer_question;

/// Answers.
#[derive(Debug)]
pub struct Chat {
    context: Context,
    recall: Recall,
    registry: Arc<Registry>,
    /// Set once what a crash left was put in order.
    recovered: Arc<SetOnce<()>>,
}

/// Something a person says, and how it should be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// What was said.
    pub message: String,
    /// Where; a new conversation when none.
    pub conversation_id: Option<ConversationId>,
    /// What it follows: the latest message, or another to begin a branch there, as an edited message does.
    pub follows: Follows,
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
    /// Whether a repetition reads the answer that its first try is still getting, instead of being told that it runs.
    pub join: bool,
}

impl ChatRequest {
    /// A message in a new conversation, with everything else as usual.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            conversation_id: None,
            follows: Follows::Latest,
            session_id: None,
            model: None,
            params: ModelParams::default(),
            save_memory: true,
            context: None,
            idempotency: None,
            join: false,
        }
    }
}

/// Another answer to something that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct RegenerateRequest {
    /// The answer to give again, or the person's message to answer.
    pub message_id: MessageId,
    /// The model to ask; the default when none.
    pub model: Option<String>,
    /// Sampling.
    pub params: ModelParams,
    /// Whether statements about the person become memories, when the message has no answer yet.
    pub save_memory: bool,
    /// Makes the request repeatable.
    pub idempotency: Option<Idempotency>,
    /// Whether a repetition reads the answer that its first try is still getting, instead of being told that it runs.
    pub join: bool,
}

impl Chat {
    /// Puts in order what a crash left, before anything else is answered.
    pub(crate) fn start(context: Context, recall: Recall) -> Self {
        produce::describe();
        keeper::describe();
        let registry = Arc::clone(&context.registry);
        let recovered = Arc::new(SetOnce::new());
        let keeper = Keeper::new(context.clone(), Arc::clone(&registry));
        context.spawn(keeper.run(Arc::clone(&recovered)));
        Self { context, recall, registry, recovered }
    }

    /// The models that may be asked.
    #[tracing::instrument(name = "chat.models", target = "jarvis", skip_all)]
    pub async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.context.ports.model.models().await
    }

    /// Stores what was said and begins an answer. Answers once the model has begun, so that what fails before is an
    /// error of this call; the person's message is kept then, and the same `Idempotency-Key` continues from it.
    ///
    /// The generation goes on and is stored whether or not anybody reads it, unless [`OnDisconnect::Stop`] is set.
    #[tracing::instrument(name = "chat.send", target = "jarvis", skip_all)]
    pub async fn send(&self, scope: Scope, request: ChatRequest) -> Result<Generation> {
        check(&request)?;
        self.begin(scope, request, None).await
    }

    /// Begins another answer to something that was said, beside those there are.
    ///
    /// Errors: `NotFound` when there is no such message, `Invalid` when it is neither said by the person nor an answer to
    /// something they said, and those of [`Chat::send`].
    #[tracing::instrument(name = "chat.regenerate", target = "jarvis", skip_all)]
    pub async fn regenerate(&self, scope: Scope, request: RegenerateRequest) -> Result<Generation> {
        let RegenerateRequest { message_id, model, params, save_memory, idempotency, join } = request;
        let request = ChatRequest { model, params, save_memory, idempotency, join, ..ChatRequest::new("") };
        check_model_request(&request)?;
        self.begin(scope, request, Some(message_id)).await
    }

    async fn begin(&self, scope: Scope, request: ChatRequest, again: Option<MessageId>) -> Result<Generation> {
        let allowance = self.context.allow_more(&scope).await?;
        self.check_model(request.model.as_deref()).await?;
        self.recovered.wait().await;
        self.context.nodes.make_known().await?;
        let (begun, answer) = oneshot::channel();
        let work = Work {
            context: self.context.clone(),
            recall: self.recall.clone(),
            registry: Arc::clone(&self.registry),
            scope,
            allowance,
            request: Arc::new(request),
        };
        self.context.spawn(work.run(again, begun));
        answer.await.map_err(|_| {
            ErrorKind::Internal.error("the answer ended before it began; the log names the cause under this request id")
        })?
    }

    /// Refuses an unknown model before anything is stored.
    async fn check_model(&self, name: Option<&str>) -> Result<()> {
        if name.is_none() {
            return Ok(());
        }
        match self.context.ports.model.resolve(name).await {
            // whether there is such a model cannot be told now: what was said is stored, and the answer fails
            Err(error) if error.kind().is_temporary() => Ok(()),
            resolved => resolved.map(drop),
        }
    }
}

/// One answer being worked on, in its own task.
struct Work {
    context: Context,
    recall: Recall,
    registry: Arc<Registry>,
    scope: Scope,
    /// How much of it may be stored.
    allowance: Allowance,
    request: Arc<ChatRequest>,
}

type Begun = oneshot::Sender<Result<Generation>>;

impl Work {
    #[tracing::instrument(name = "chat.answer", target = "jarvis", skip_all)]
    async fn run(self, again: Option<MessageId>, mut begun: Begun) {
        let prepared = match again {
            Some(message) => self.prepare_again(message).await,
            None => self.prepare().await,
        };
        // Nobody listens any more when a send fails; the work goes on all the same.
        match prepared {
            Ok(Prepared::Existing(generation)) => drop(begun.send(Ok(generation))),
            Ok(Prepared::Fresh(mut turn)) => match self.begin_answer(&mut turn, &mut begun).await {
                Ok((generation, asked)) => {
                    drop(begun.send(Ok(generation)));
                    self.produce(*turn, asked).await;
                }
                Err(error) => {
                    self.abandon(*turn, error.clone()).await;
                    drop(begun.send(Err(error)));
                }
            },
            Err(error) => drop(begun.send(Err(error))),
        }
    }

    async fn begin_answer(&self, turn: &mut Turn, begun: &mut Begun) -> Result<(Generation, Asked)> {
        self.forget_what_is_asked(turn);
        self.ask_unless_left(turn, begun).await
    }

    /// Asks the model, for as long as there is a conversation to answer in; where nobody's answers are stopped, only while
    /// somebody waits.
    async fn ask_unless_left(&self, turn: &mut Turn, begun: &mut Begun) -> Result<(Generation, Asked)> {
        let stop = turn.held.stop.clone();
        let left = async {
            if self.context.options.on_disconnect == OnDisconnect::Finish {
                return pending().await;
            }
            begun.closed().await;
            tokio::time::sleep(self.context.options.disconnect_grace).await;
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Error::not_found("conversation")),
            () = self.registry.cut.cancelled() => Err(produce::ending()),
            asked = self.ask(turn) => asked,
            () = left => Err(ErrorKind::Unavailable.error("nobody waited for the answer to begin; ask again")),
        }
    }
}

fn check(request: &ChatRequest) -> Result<()> {
    limits::required_text("message", &request.message, MAX_MESSAGE_BYTES)?;
    limits::bounded_chars("context", request.context.as_deref().unwrap_or_default(), MAX_TEXT_CHARS)?;
    if matches!(request.follows, Follows::Message(_)) && request.conversation_id.is_none() {
        return Err(Error::invalid("parent_id", "parent_id is of a conversation; send its conversation_id too"));
    }
    check_model_request(request)
}

fn check_model_request(request: &ChatRequest) -> Result<()> {
    limits::bounded_chars("model", request.model.as_deref().unwrap_or_default(), MAX_NAME_CHARS)?;
    if let Some(temperature) = request.params.temperature
        && !(0.0..=2.0).contains(&temperature)
    {
        return Err(Error::invalid("temperature", "temperature must be from 0 to 2"));
    }
    if request.params.max_tokens == Some(0) {
        return Err(Error::invalid("max_tokens", "max_tokens must be at least 1"));
    }
    Ok(())
}
