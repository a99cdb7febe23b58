//! What stands before a language model, over models that do as they are told and in a time that a test turns.

mod guarded;
mod limited;
mod patient;
mod proven;
mod routed;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use jarvis_core::{
    Error, ErrorKind, Result,
    policy::{backoff::Backoff, breaker::BreakerLimits},
    ports::{Clock, LanguageModel, ModelEvent, ModelParams, ModelRequest, ModelStream, PromptMessage},
    testkit::{FixedClock, Script, language_model_suite},
    types::Role,
};
use jarvis_providers::models::{
    GuardedModel, LimitedModel, Limits, MeteredModel, Patience, PatientModel, ProvenModel, Provider, RoutedModel,
    RoutedOptions, Stack, recall::RecallModel,
};

const PATIENCE: Patience = Patience {
    first_token: Duration::from_mins(1),
    gap: Duration::from_secs(30),
    answer: Duration::from_mins(10),
    backoff: Backoff { attempts: 3, pause: Duration::from_millis(250), longest: Duration::from_secs(5) },
};
const LIMITS: Limits = Limits { running: 2, waiting: 2, patience: Duration::from_secs(30) };
const BREAKER: BreakerLimits = BreakerLimits { failures: 3, rest: Duration::from_secs(10) };

#[tokio::test]
async fn every_decorator_keeps_the_contract() {
    let recall = || Arc::new(RecallModel) as Arc<dyn LanguageModel>;
    let provider = |name, model, is_spare| Provider { name, model, is_spare };
    let stack = Stack { patience: PATIENCE, limits: LIMITS, breaker: BREAKER };
    let decorated: [Arc<dyn LanguageModel>; 7] = [
        Arc::new(PatientModel::new(recall(), PATIENCE)),
        Arc::new(LimitedModel::new(recall(), LIMITS, "tests")),
        Arc::new(GuardedModel::new(recall(), BREAKER)),
        Arc::new(MeteredModel::new(recall(), "tests")),
        Arc::new(ProvenModel::new(recall())),
        stack.around(recall(), "tests"),
        Arc::new(RoutedModel::new(
            provider("first", stack.around(recall(), "first"), false),
            vec![provider("second", recall(), true)],
            RoutedOptions::default(),
        )),
    ];
    for model in decorated {
        language_model_suite(&*model).await.unwrap_or_else(|error| panic!("{model:?}: {error:?}"));
    }
}

fn request() -> ModelRequest {
    ModelRequest {
        model: None,
        messages: vec![PromptMessage { role: Role::User, content: "hello".to_owned() }],
        recalled: Vec::new(),
        params: ModelParams::default(),
        now: FixedClock::default().now(),
    }
}

fn named(model: &str) -> ModelRequest {
    ModelRequest { model: Some(model.to_owned()), ..request() }
}

/// What an answer consists of, and how it failed if it did.
async fn read(mut stream: ModelStream) -> (String, Result<()>) {
    let mut text = String::new();
    loop {
        match stream.next().await.unwrap() {
            Ok(ModelEvent::Token(token)) => text.push_str(&token),
            Ok(ModelEvent::Started { .. }) => {}
            Ok(ModelEvent::Done(_)) => return (text, Ok(())),
            Err(error) => return (text, Err(error)),
        }
    }
}

/// Asks and reads.
async fn ask(model: &dyn LanguageModel, request: ModelRequest) -> Result<String> {
    let (text, end) = read(model.complete(request).await?).await;
    end.map(|()| text)
}

/// Why an answer does not even begin.
async fn refusal(model: &dyn LanguageModel, request: ModelRequest) -> Error {
    model.complete(request).await.err().unwrap()
}

fn failed() -> Error {
    ErrorKind::Upstream.error("HTTP 500").with_code("model_failed")
}

fn unreachable() -> Error {
    ErrorKind::Unavailable.error("nobody there").with_code("model_unreachable")
}

fn invalid() -> Error {
    Error::invalid("message", "too long").with_code("context_exceeded")
}

/// Streams that are open, counted from both sides.
#[derive(Clone, Default)]
struct Open(Arc<AtomicUsize>);

impl Open {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// These tokens, then silence until it is dropped.
    fn silent_after(&self, tokens: &'static [&'static str]) -> Script {
        let held = Held::new(self);
        let tokens = stream::iter(tokens).map(|token| Ok(ModelEvent::Token((*token).to_owned())));
        let stream = tokens.chain(stream::pending()).inspect(move |_| {
            let _ = &held;
        });
        Script::Live(stream.boxed())
    }
}

struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(open: &Open) -> Self {
        open.0.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(&open.0))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
