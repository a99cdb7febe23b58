use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use jarvis_core::{
    ErrorKind, Result,
    ports::{Completion, FinishReason, Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream},
};
use tokio::sync::Semaphore;

/// What the next answer does.
#[derive(Debug)]
pub(super) enum Script {
    /// These tokens.
    Answer(&'static [&'static str]),
    /// The first token, then nothing until the semaphore lets it through, then the rest.
    Gated(&'static [&'static str], Arc<Semaphore>),
    /// Does not begin.
    Refuse,
    /// Breaks after a token.
    Break,
}

/// A model that does as it is told, then echoes.
#[derive(Debug, Default)]
pub(super) struct ScriptedModel {
    scripts: Mutex<VecDeque<Script>>,
    seen: Mutex<Vec<ModelRequest>>,
}

impl ScriptedModel {
    pub(super) fn new(scripts: impl IntoIterator<Item = Script>) -> Arc<Self> {
        Arc::new(Self { scripts: Mutex::new(scripts.into_iter().collect()), seen: Mutex::default() })
    }

    /// The requests so far.
    pub(super) fn seen(&self) -> Vec<ModelRequest> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

fn events(tokens: &'static [&'static str]) -> impl Iterator<Item = Result<ModelEvent>> {
    tokens.iter().map(|token| Ok(ModelEvent::Token((*token).to_owned()))).chain([Ok(done())])
}

fn done() -> ModelEvent {
    ModelEvent::Done(Completion { finish_reason: FinishReason::Stop, usage: None })
}

fn broken() -> jarvis_core::Error {
    ErrorKind::Upstream.error("the model hung up in mid-answer; try again")
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
            description: "Does as it is told".to_owned(),
        }])
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let said = request.messages.last().map(|message| message.content.clone()).unwrap_or_default();
        self.seen.lock().expect("not poisoned").push(request);
        let script = self.scripts.lock().expect("not poisoned").pop_front();
        Ok(match script {
            None => stream::iter([Ok(ModelEvent::Token(format!("ACK::{said}"))), Ok(done())]).boxed(),
            Some(Script::Answer(tokens)) => stream::iter(events(tokens)).boxed(),
            Some(Script::Gated(tokens, gate)) => stream::iter(events(tokens).enumerate())
                .then(move |(index, event)| {
                    let gate = Arc::clone(&gate);
                    async move {
                        if index == 1 {
                            drop(gate.acquire().await);
                        }
                        event
                    }
                })
                .boxed(),
            Some(Script::Refuse) => {
                return Err(ErrorKind::Unavailable
                    .error("the model is down; try again")
                    .with_retry_after(Duration::from_secs(5)));
            }
            Some(Script::Break) => stream::iter([Ok(ModelEvent::Token("half ".to_owned())), Err(broken())]).boxed(),
        })
    }
}
