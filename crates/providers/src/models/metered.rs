//! What answers cost.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    observe::{SlowKind, is_slow, note_slow},
    ports::{Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream},
};
use metrics::{Counter, Histogram};
use tracing::{Instrument, Span, field::Empty};

use super::watched::watched;

const FIRST_TOKEN: &str = "jarvis_llm_first_token_seconds";
const WHOLE: &str = "jarvis_llm_answer_seconds";
const TOKENS: &str = "jarvis_llm_tokens_total";

/// Measures what a provider does, its queue and its attempts included.
#[derive(Debug)]
pub struct MeteredModel {
    inner: Arc<dyn LanguageModel>,
    meters: Arc<Meters>,
}

/// How an answer can end.
const OUTCOMES: [&str; 6] = ["done", "left", "unavailable", "timeout", "refused", "failed"];

/// What is measured of one provider.
struct Meters {
    provider: &'static str,
    first_token: Histogram,
    prompt_tokens: Counter,
    answer_tokens: Counter,
    /// By outcome, made when it happens first.
    whole: [OnceLock<Histogram>; OUTCOMES.len()],
}

impl Meters {
    fn new(provider: &'static str) -> Self {
        let tokens = |of| metrics::counter!(TOKENS, "provider" => provider, "of" => of);
        Self {
            provider,
            first_token: metrics::histogram!(FIRST_TOKEN, "provider" => provider),
            prompt_tokens: tokens("prompt"),
            answer_tokens: tokens("answer"),
            whole: Default::default(),
        }
    }

    fn whole(&self, outcome: &'static str) -> &Histogram {
        let number = OUTCOMES.iter().position(|known| *known == outcome).unwrap_or(OUTCOMES.len() - 1);
        let (provider, outcome) = (self.provider, OUTCOMES[number]);
        self.whole[number].get_or_init(|| metrics::histogram!(WHOLE, "provider" => provider, "outcome" => outcome))
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Meters({})", self.provider)
    }
}

impl MeteredModel {
    /// Measures `inner` under this name.
    pub fn new(inner: Arc<dyn LanguageModel>, provider: &'static str) -> Self {
        let seconds = metrics::Unit::Seconds;
        metrics::describe_histogram!(FIRST_TOKEN, seconds, "Time from a request to its first token, by provider.");
        metrics::describe_histogram!(WHOLE, seconds, "Time from a request to its end, by provider and outcome.");
        metrics::describe_counter!(TOKENS, "Tokens of prompts and answers, as the providers count them.");
        Self { inner, meters: Arc::new(Meters::new(provider)) }
    }
}

#[async_trait]
impl LanguageModel for MeteredModel {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.inner.models().await
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let mut answer = Answer::new(&self.meters);
        match self.inner.complete(request).instrument(answer.span.clone()).await {
            Ok(stream) => Ok(watched(stream, move |event| answer.look(event))),
            Err(error) => {
                answer.outcome = failure(&error);
                Err(error)
            }
        }
    }
}

/// One answer; measured when it is dropped, whoever ended it.
struct Answer {
    meters: Arc<Meters>,
    asked: Instant,
    begun: bool,
    outcome: &'static str,
    span: Span,
}

impl Answer {
    fn new(meters: &Arc<Meters>) -> Self {
        let span = tracing::info_span!(
            target: "jarvis",
            "answer",
            otel.name = %format_args!("{} answer", meters.provider),
            otel.kind = "client",
            provider = meters.provider,
            model = Empty,
            first_token_ms = Empty,
            prompt_tokens = Empty,
            answer_tokens = Empty,
            outcome = Empty,
            otel.status_code = Empty,
        );
        Self { meters: Arc::clone(meters), asked: Instant::now(), begun: false, outcome: "left", span }
    }

    fn begin(&mut self) {
        self.begun = true;
        let took = self.asked.elapsed();
        self.meters.first_token.record(took);
        self.span.record("first_token_ms", took.as_secs_f64() * 1e3);
        if is_slow(SlowKind::FirstToken, took) {
            let provider = self.meters.provider;
            self.span.in_scope(|| note_slow(SlowKind::FirstToken, format_args!("first token of {provider}"), took));
        }
    }

    fn look(&mut self, event: &Result<ModelEvent>) {
        match event {
            Ok(ModelEvent::Token(_)) if !self.begun => self.begin(),
            Ok(ModelEvent::Token(_)) => {}
            Ok(ModelEvent::Started { model, .. }) => {
                self.span.record("model", model.as_str());
            }
            Ok(ModelEvent::Done(completion)) => {
                self.outcome = "done";
                let usage = completion.usage.unwrap_or_default();
                self.meters.prompt_tokens.increment(usage.prompt_tokens.into());
                self.meters.answer_tokens.increment(usage.completion_tokens.into());
                self.span.record("prompt_tokens", usage.prompt_tokens);
                self.span.record("answer_tokens", usage.completion_tokens);
            }
            Err(error) => self.outcome = failure(error),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.meters.whole(self.outcome).record(self.asked.elapsed());
        self.span.record("outcome", self.outcome);
        if !matches!(self.outcome, "done" | "left") {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// An error in one of four words.
fn failure(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::DeadlineExceeded => "timeout",
        ErrorKind::Invalid => "refused",
        _ => "failed",
    }
}
