//! Work with a turn that nobody waits for: bounded, and ended by the engine's shutdown.

use std::{
    collections::HashSet,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use jarvis_core::{
    Error, ErrorKind, Result,
    id::ConversationId,
    observe::QueueMeter,
    ports::{ModelEvent, ModelParams, ModelRequest, PromptMessage},
};
use tokio::sync::Semaphore;

use super::ratios::TokenRatios;
use crate::context::Context;

/// Pieces of work at once: each may keep a model busy that people wait for too.
const AT_ONCE: usize = 2;
/// Pieces of work waiting at most; more are dropped.
const WAITING: usize = 64;
/// Bytes of what a model says aside at most.
const MAX_BYTES: usize = 16 * 1024;
/// A model that needs longer for something aside is left alone.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is done after an answer.
const KINDS: [&str; 2] = ["summary", "memories"];

const DROPPED: &str = "jarvis_background_dropped_total";

/// What the answers of an engine share.
#[derive(Debug)]
pub(crate) struct Background {
    pub(super) ratios: TokenRatios,
    places: Arc<Semaphore>,
    hands: Semaphore,
    queue: QueueMeter,
    summarised: Mutex<HashSet<ConversationId>>,
}

impl Default for Background {
    fn default() -> Self {
        metrics::describe_counter!(
            DROPPED,
            "Work after an answer that was left undone because too much waited, by kind."
        );
        for kind in KINDS {
            metrics::counter!(DROPPED, "kind" => kind).absolute(0);
        }
        Self {
            ratios: TokenRatios::default(),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            hands: Semaphore::new(AT_ONCE),
            queue: QueueMeter::new("background", WAITING),
            summarised: Mutex::default(),
        }
    }
}

/// Holds a conversation's summary until dropped: two at once would write over each other.
pub(super) struct Summarising<'b>(&'b Background, ConversationId);

impl Background {
    /// Takes a conversation's summary, unless somebody works on it.
    pub(super) fn summarise(&self, conversation: ConversationId) -> Option<Summarising<'_>> {
        let free = self.summarised.lock().unwrap_or_else(PoisonError::into_inner).insert(conversation);
        free.then_some(Summarising(self, conversation))
    }
}

impl Drop for Summarising<'_> {
    fn drop(&mut self) {
        self.0.summarised.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Context {
    /// Does something later, unless too much waits already. Dropped in the middle when the engine shuts down.
    pub(super) fn later<F>(&self, kind: &'static str, work: F)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let Ok(place) = Arc::clone(&self.background.places).try_acquire_owned() else {
            metrics::counter!(DROPPED, "kind" => kind).increment(1);
            self.background.queue.rejected(1);
            return;
        };
        let context = self.clone();
        self.spawn(async move {
            let done = async {
                let waiting = context.background.queue.enter();
                let _hand = context.background.hands.acquire().await;
                drop(waiting);
                work.await
            };
            if let Some(Err(error)) = context.stop.run_until_cancelled(done).await {
                tracing::warn!(?error, kind, "work after an answer failed");
            }
            drop(place);
        });
    }

    /// Asks a model for something short that no person sees.
    pub(super) async fn ask_aside(&self, model: &str, messages: Vec<PromptMessage>, max_tokens: u32) -> Result<String> {
        let request = ModelRequest {
            model: Some(model.to_owned()),
            messages,
            recalled: Vec::new(),
            params: ModelParams { temperature: Some(0.0), max_tokens: Some(max_tokens) },
            now: self.now(),
        };
        let answer = async {
            let mut stream = self.ports.model.complete(request).await?;
            let mut text = String::new();
            while let Some(event) = stream.next().await {
                match event? {
                    ModelEvent::Started { .. } => {}
                    ModelEvent::Token(token) if text.len() + token.len() <= MAX_BYTES => text.push_str(&token),
                    ModelEvent::Token(_) | ModelEvent::Done(_) => return Ok(text),
                }
            }
            Err(Error::internal("a model's stream ended without saying so"))
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| Err(ErrorKind::DeadlineExceeded.error("the model took too long for something aside")))
    }
}
