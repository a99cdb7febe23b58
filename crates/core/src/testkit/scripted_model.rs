use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};

use crate::{
    Error, ErrorKind, Result,
    ports::{
        Completion, FinishReason, Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream,
        unknown_model,
    },
};

/// What the next answer of a [`ScriptedModel`] does.
pub enum Script {
    /// These tokens, then the end.
    Answer(Vec<String>),
    /// Whatever comes from here; a test feeds it as it likes.
    Live(ModelStream),
    /// Does not begin.
    Refuse(Error),
    /// Breaks after these tokens.
    Break(Vec<String>, Error),
}

impl Script {
    /// An answer of these tokens.
    pub fn answer<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        Self::Answer(tokens.into_iter().map(Into::into).collect())
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(tokens) => f.debug_tuple("Answer").field(tokens).finish(),
            Self::Live(_) => f.write_str("Live"),
            Self::Refuse(error) => f.debug_tuple("Refuse").field(error).finish(),
            Self::Break(tokens, error) => f.debug_tuple("Break").field(tokens).field(error).finish(),
        }
    }
}

/// A model that does as it is told and, told nothing, echoes what was said behind `ACK::`.
#[derive(Debug, Default)]
pub struct ScriptedModel {
    scripts: Mutex<VecDeque<Script>>,
    seen: Mutex<Vec<ModelRequest>>,
}

impl ScriptedModel {
    /// A model that follows these scripts, one for each answer.
    pub fn new(scripts: impl IntoIterator<Item = Script>) -> Arc<Self> {
        Arc::new(Self { scripts: Mutex::new(scripts.into_iter().collect()), seen: Mutex::default() })
    }

    /// What comes after the scripts so far.
    pub fn then(&self, script: Script) {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner).push_back(script);
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<ModelRequest> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The end of an answer, for a [`Script::Live`].
    pub fn done() -> ModelEvent {
        ModelEvent::Done(Completion { finish_reason: FinishReason::Stop, usage: None })
    }
}

#[async_trait]
impl LanguageModel for ScriptedModel {
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(vec![ModelInfo {
            id: "scripted".to_owned(),
            provider: "tests",
            description: "does as it is told".to_owned(),
            context_tokens: None,
        }])
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        if let Some(model) = request.model.as_deref().filter(|model| *model != "scripted") {
            return Err(unknown_model(model, ["scripted"]));
        }
        let said = request.messages.last().map(|message| message.content.clone()).unwrap_or_default();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let script = self.scripts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let texts = |tokens: Vec<String>| tokens.into_iter().map(|token| Ok(ModelEvent::Token(token)));
        Ok(match script {
            None => stream::iter(texts(vec![format!("ACK::{said}")]).chain([Ok(Self::done())])).boxed(),
            Some(Script::Answer(tokens)) => stream::iter(texts(tokens).chain([Ok(Self::done())])).boxed(),
            Some(Script::Live(stream)) => stream,
            Some(Script::Refuse(error)) => return Err(error),
            Some(Script::Break(tokens, error)) => stream::iter(texts(tokens).chain([Err(error)])).boxed(),
        })
    }
}

impl Script {
    /// A model that is down.
    pub fn refuse() -> Self {
        let error = ErrorKind::Unavailable.error("the model is down; try again");
        Self::Refuse(error.with_retry_after(Duration::from_secs(5)))
    }

    /// Breaks off after these tokens.
    pub fn break_after<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let error = ErrorKind::Upstream.error("the model hung up in mid-answer; try again");
        Self::Break(tokens.into_iter().map(Into::into).collect(), error)
    }
}
