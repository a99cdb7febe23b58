//! How long a model is waited for, and when it is asked again.

use std::{
    collections::{VecDeque, hash_map::RandomState},
    hash::{BuildHasher, Hasher},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{Stream, StreamExt};
use jarvis_core::{
    Error, ErrorKind, Result,
    policy::backoff::Backoff,
    ports::{Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream, hung_up},
};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout_at};

use super::blame;

/// How long, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Longest until the first token, all attempts and the pauses between them included.
    pub first_token: Duration,
    /// Longest between two tokens.
    pub gap: Duration,
    /// Longest for a whole answer.
    pub answer: Duration,
    /// Attempts before the first token. Afterwards nothing is asked again: what was read cannot be unread.
    pub backoff: Backoff,
}

/// Waits for a model, but not for ever. `complete` answers once there is a first token, so that all that goes wrong before
/// is its error and not the stream's. A token without text is a sign of life, and not passed on.
#[derive(Debug)]
pub struct PatientModel {
    inner: Arc<dyn LanguageModel>,
    patience: Patience,
}

/// An answer that has begun: what came, and what is to come.
type Begun = (Vec<ModelEvent>, ModelStream);

impl PatientModel {
    /// With so much patience for `inner`.
    pub fn new(inner: Arc<dyn LanguageModel>, patience: Patience) -> Self {
        Self { inner, patience }
    }

    async fn begin(&self, request: &ModelRequest, deadline: Instant) -> Result<Begun> {
        let mut made = 0;
        loop {
            let error = match self.first(request.clone()).await {
                Ok(begun) => return Ok(begun),
                Err(error) => error,
            };
            made += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let pause = self.patience.backoff.after(made, error.retry_after(), left, chance());
            let Some(pause) = pause.filter(|_| blame::may_be_tried_again(&error)) else { return Err(error) };
            tracing::debug!(?error, made, pause_ms = pause.as_millis(), "asking the model again");
            sleep(pause).await;
        }
    }

    /// One attempt, up to its first token.
    async fn first(&self, request: ModelRequest) -> Result<Begun> {
        let mut stream = self.inner.complete(request).await?;
        let mut came = Vec::new();
        loop {
            let event = stream.next().await.ok_or_else(hung_up)??;
            let begun = !matches!(event, ModelEvent::Started { .. });
            came.push(event);
            if begun {
                return Ok((came, stream));
            }
        }
    }
}

#[async_trait]
impl LanguageModel for PatientModel {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.inner.models().await
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let patience = self.patience;
        let asked = Instant::now();
        let deadline = asked + patience.first_token;
        let begun = timeout_at(deadline, self.begin(&request, deadline)).await;
        let (came, stream) = begun.map_err(|_| no_first_token(patience.first_token))??;
        let ends = asked + patience.answer;
        let heard = Instant::now();
        let limit = Box::pin(sleep_until(ends.min(heard + patience.gap)));
        Ok(Rest { came: came.into(), stream: Some(stream), patience, ends, heard, limit }.boxed())
    }
}

/// What is to come of an answer. Every token passes it, so it is polled where it lies.
struct Rest {
    /// What came while the answer began.
    came: VecDeque<ModelEvent>,
    /// Until its end.
    stream: Option<ModelStream>,
    patience: Patience,
    ends: Instant,
    /// When the model said something last.
    heard: Instant,
    /// One timer for the whole answer. It is set on when it rings too early, not at each token.
    limit: Pin<Box<Sleep>>,
}

impl Rest {
    /// The next event; an end that is none is an error.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ModelEvent>>> {
        if let Some(event) = self.came.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        if let Poll::Ready(event) = stream.poll_next_unpin(cx) {
            self.heard = Instant::now();
            return Poll::Ready(Some(event.unwrap_or_else(|| Err(hung_up()))));
        }
        loop {
            ready!(self.limit.as_mut().poll(cx));
            let until = self.ends.min(self.heard + self.patience.gap);
            if until <= self.limit.deadline() {
                return Poll::Ready(Some(Err(self.given_up())));
            }
            self.limit.as_mut().reset(until);
        }
    }

    fn given_up(&self) -> Error {
        if self.limit.deadline() == self.ends { endless(self.patience.answer) } else { silent(self.patience.gap) }
    }
}

impl Stream for Rest {
    type Item = Result<ModelEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let event = ready!(self.poll_event(cx));
            match &event {
                Some(Ok(token)) if is_empty(token) => continue,
                Some(Ok(ModelEvent::Started { .. } | ModelEvent::Token(_))) => {}
                _ => self.stream = None,
            }
            return Poll::Ready(event);
        }
    }
}

fn is_empty(event: &ModelEvent) -> bool {
    matches!(event, ModelEvent::Token(text) if text.is_empty())
}

/// 0 to 1, another one each time: for pauses, so nobody needs to be unable to guess it.
fn chance() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

fn no_first_token(waited: Duration) -> Error {
    timeout(format!(
        "the model has not begun to answer within {} seconds; try again, or raise llm.first_token_timeout_secs",
        waited.as_secs_f32()
    ))
}

fn silent(waited: Duration) -> Error {
    timeout(format!(
        "the model fell silent in mid-answer for {} seconds; try again, or raise llm.gap_timeout_secs",
        waited.as_secs_f32()
    ))
}

fn endless(waited: Duration) -> Error {
    timeout(format!(
        "the answer was not whole within {} seconds; lower max_tokens, or raise llm.answer_timeout_secs",
        waited.as_secs_f32()
    ))
}

fn timeout(message: String) -> Error {
    ErrorKind::DeadlineExceeded.error(message).with_code("model_timeout")
}
