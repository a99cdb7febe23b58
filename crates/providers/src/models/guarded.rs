//! Leaving a provider in peace that fails.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    circuit::{Circuit, Pass, Resting},
    policy::breaker::BreakerLimits,
    ports::{Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream},
};
use tokio::time::Instant;

use super::{blame, watched::watched};

/// When to ask again for what is away and does not say for how long.
const SOON: Duration = Duration::from_secs(5);

/// A circuit breaker: after so many failures in a row nobody waits for the provider any more, but is told `model_resting`
/// at once, until one that goes ahead finds it well.
#[derive(Debug)]
pub struct GuardedModel {
    inner: Arc<dyn LanguageModel>,
    circuit: Arc<Circuit>,
}

impl GuardedModel {
    /// Guards `inner`.
    pub fn new(inner: Arc<dyn LanguageModel>, limits: BreakerLimits) -> Self {
        Self { inner, circuit: Circuit::new(limits) }
    }
}

#[async_trait]
impl LanguageModel for GuardedModel {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.inner.models().await
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let mut pass = self.circuit.admit(now()).map_err(resting)?;
        match self.inner.complete(request).await {
            Ok(stream) => {
                // Others must not wait for the end of an answer that goes well.
                if pass.is_probe() {
                    pass.sound(now());
                }
                Ok(watched(stream, move |event| tell(&mut pass, event)))
            }
            Err(error) => {
                pass.failed(now(), blame::verdict(&error), &error);
                let is_away = error.kind() == ErrorKind::Unavailable && error.retry_after().is_none();
                Err(error.with_retry_after(is_away.then_some(SOON)))
            }
        }
    }
}

fn tell(pass: &mut Pass, event: &Result<ModelEvent>) {
    match event {
        Ok(ModelEvent::Done(_)) => pass.sound(now()),
        Ok(_) => {}
        Err(error) => pass.failed(now(), blame::verdict(error), error),
    }
}

fn resting(Resting { last, retry_after }: Resting) -> Error {
    let why = last.as_ref().map_or_else(String::new, |last| format!(" (last: {last})"));
    let error = ErrorKind::Unavailable
        .error(format!("the model failed and is left in peace for a moment{why}; try again later"))
        .with_code("model_resting")
        .with_retry_after(retry_after);
    match last {
        Some(last) => error.with_source(last),
        None => error,
    }
}

/// The time that tests may stop.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}
