//! What answers cost.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream},
};

use super::watched::watched;

const FIRST_TOKEN: &str = "jarvis_llm_first_token_seconds";
const WHOLE: &str = "jarvis_llm_answer_seconds";
const TOKENS: &str = "jarvis_llm_tokens_total";

/// Measures what a provider does, its queue and its attempts included.
#[derive(Debug)]
pub struct MeteredModel {
    inner: Arc<dyn LanguageModel>,
    provider: &'static str,
}

impl MeteredModel {
    /// Measures `inner` under this name.
    pub fn new(inner: Arc<dyn LanguageModel>, provider: &'static str) -> Self {
        let seconds = metrics::Unit::Seconds;
        metrics::describe_histogram!(FIRST_TOKEN, seconds, "Time from a request to its first token, by provider.");
        metrics::describe_histogram!(WHOLE, seconds, "Time from a request to its end, by provider and outcome.");
        metrics::describe_counter!(TOKENS, "Tokens of prompts and answers, as the providers count them.");
        Self { inner, provider }
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
        let mut answer = Answer { provider: self.provider, asked: Instant::now(), begun: false, outcome: "left" };
        match self.inner.complete(request).await {
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
    provider: &'static str,
    asked: Instant,
    begun: bool,
    outcome: &'static str,
}

impl Answer {
    fn look(&mut self, event: &Result<ModelEvent>) {
        match event {
            Ok(ModelEvent::Token(_)) if !self.begun => {
                self.begun = true;
                metrics::histogram!(FIRST_TOKEN, "provider" => self.provider).record(self.asked.elapsed());
            }
            Ok(ModelEvent::Started { .. } | ModelEvent::Token(_)) => {}
            Ok(ModelEvent::Done(completion)) => {
                self.outcome = "done";
                let usage = completion.usage.unwrap_or_default();
                for (of, tokens) in [("prompt", usage.prompt_tokens), ("answer", usage.completion_tokens)] {
                    metrics::counter!(TOKENS, "provider" => self.provider, "of" => of).increment(tokens.into());
                }
            }
            Err(error) => self.outcome = failure(error),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let Self { provider, outcome, .. } = *self;
        metrics::histogram!(WHOLE, "provider" => provider, "outcome" => outcome).record(self.asked.elapsed());
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
