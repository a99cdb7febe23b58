use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{ModelEvent, ModelStream, TokenUsage, hung_up},
    types::LiveChange,
};

use super::{
    Work,
    answer::{ChatFinish, MemoryUse},
    compose::{Begun, Notes},
    generation::{ChatStart, Generation},
    prepare::Turn,
    registry::Entry,
};
use crate::{OnDisconnect, limits::MAX_ANSWER_BYTES};

const TOTAL: &str = "jarvis_generations_total";
const SECONDS: &str = "jarvis_generation_seconds";

/// Tells `/metrics` what the counters mean.
pub(super) fn describe() {
    metrics::describe_counter!(TOTAL, "Answers that ended, by outcome.");
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Time from the question to the stored answer.");
}

/// A model that has begun to answer.
pub(super) struct Asked {
    /// What it said before anybody listened.
    first: Option<Result<ModelEvent>>,
    stream: ModelStream,
    pub(super) reply: Reply,
}

/// What is known of an answer while it comes.
pub(super) struct Reply {
    pub(super) entry: Arc<Entry>,
    pub(super) prompt_tokens: u32,
    pub(super) memories_used: Arc<[MemoryUse]>,
    notes: Notes,
}

/// How a model's answer ended.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) finish_reason: ChatFinish,
    pub(super) usage: Option<TokenUsage>,
}

impl Work {
    /// Builds the prompt and asks the model.
    pub(super) async fn ask(&self, turn: &mut Turn) -> Result<(Generation, Asked)> {
        let ports = &self.context.ports;
        let expected = ports.model.resolve(self.request.model.as_deref()).await?;
        let recalled = match turn.recalled.take() {
            Some(recalled) => recalled,
            None => self.recall_for(&turn.said.content, &turn.known).await,
        };
        let memories_used: Arc<[MemoryUse]> = recalled.chosen.iter().map(MemoryUse::of).collect();
        let Begun { mut stream, prompt_tokens, notes } = self.ask_with_budget(turn, &recalled, &expected).await?;
        let (answering, first) = begun(&mut stream);
        let start = ChatStart {
            message_id: turn.answer_id,
            user_message_id: turn.said.id,
            conversation_id: turn.said.conversation_id,
            model: answering.unwrap_or(expected.id),
        };
        let key = self.request.idempotency.as_ref();
        let stop = turn.held.stop.clone();
        let entry = Entry::new(start, &self.scope, key, Arc::clone(&memories_used), stop);
        turn.held.begin(Arc::clone(&entry));
        let generation = entry.generation(false);
        Ok((generation, Asked { first, stream, reply: Reply { entry, prompt_tokens, memories_used, notes } }))
    }

    /// Takes the answer as it comes, then stores it.
    pub(super) async fn produce(&self, turn: Turn, asked: Asked) {
        let Asked { first, stream, reply } = asked;
        let outcome = match self.collect(first, stream, &reply.entry).await {
            Ok(end) => self.store(&turn, &reply, end).await.map(|stored| (stored, end.usage)),
            Err(error) => Err(error),
        };
        let mut is_stored = outcome.is_ok();
        let told = match &outcome {
            Ok(((answer, _), counted)) => {
                self.afterwards(&turn, answer, reply.notes, *counted);
                if answer.finish_reason == ChatFinish::Stopped { "stopped" } else { "done" }
            }
            Err(error) => {
                let conversation = turn.said.conversation_id;
                tracing::warn!(?error, %conversation, "an answer failed; the user's message is kept");
                is_stored = self.break_off(&turn, &reply).await;
                "failed"
            }
        };
        metrics::counter!(TOTAL, "outcome" => told).increment(1);
        metrics::histogram!(SECONDS, "outcome" => told).record(turn.begun.elapsed());
        let (outcome, made) = match outcome {
            Ok(((answer, made), _)) => (Ok(answer), made),
            Err(error) => (Err(error), Vec::new()),
        };
        turn.held.end(outcome);
        // Told last, for the same reason: whoever hears of the answer may go on.
        if is_stored {
            self.tell_of(reply.entry.start.conversation_id, reply.entry.start.message_id).await;
        }
        let made = made.into_iter().map(|memory_id| LiveChange::MemoryCreated { memory_id });
        self.context.tell(&self.scope, made).await;
    }

    /// Takes the stream to its end, or until somebody stops it; dropping it stops the model.
    async fn collect(
        &self,
        mut first: Option<Result<ModelEvent>>,
        mut stream: ModelStream,
        entry: &Entry,
    ) -> Result<End> {
        let mut stopped = pin!(self.stopped(entry));
        loop {
            let event = if let Some(event) = first.take() {
                Some(event)
            } else {
                // What has come is kept before it is asked whether to go on: that takes a lock, and every token would pay.
                tokio::select! {
                    biased;
                    event = stream.next() => event,
                    () = &mut stopped => return Ok(End { finish_reason: ChatFinish::Stopped, usage: None }),
                    () = self.registry.cut.cancelled() => return Err(ending()),
                }
            };
            match event {
                // without a text it thinks
                Some(Ok(ModelEvent::Started { .. })) => {}
                Some(Ok(ModelEvent::Token(text))) if text.is_empty() => {}
                Some(Ok(ModelEvent::Token(text))) => {
                    // no store keeps U+0000, and no person reads it
                    let text = if text.contains('\0') { text.replace('\0', "") } else { text };
                    let size = entry.buffer.len();
                    if size + text.len() > MAX_ANSWER_BYTES {
                        return Err(ErrorKind::Upstream.error("the model's answer has no end; lower max_tokens"));
                    }
                    entry.buffer.push(&text);
                    if size == 0 {
                        self.registry.speaking.notify_one();
                    }
                }
                Some(Ok(ModelEvent::Done(completion))) => {
                    return Ok(End { finish_reason: completion.finish_reason.into(), usage: completion.usage });
                }
                Some(Err(error)) => return Err(error),
                None => return Err(hung_up()),
            }
        }
    }

    /// Resolves when the answer shall end where it is.
    async fn stopped(&self, entry: &Entry) {
        let options = &self.context.options;
        match options.on_disconnect {
            OnDisconnect::Finish => entry.stop.cancelled().await,
            OnDisconnect::Stop => tokio::select! {
                () = entry.stop.cancelled() => {}
                () = entry.abandoned(options.disconnect_grace) => {}
            },
        }
    }
}

/// The engine ends and can wait no longer; what came so far is kept.
pub(super) fn ending() -> Error {
    ErrorKind::Unavailable
        .error("the server ended in the middle of this answer, which is kept as far as it came; ask for it again")
        .with_code("interrupted")
        .with_retry_after(Duration::from_secs(1))
}

/// Who answers, when it is not the one that was asked; otherwise what else the model said already.
fn begun(stream: &mut ModelStream) -> (Option<String>, Option<Result<ModelEvent>>) {
    match stream.next().now_or_never() {
        Some(Some(Ok(ModelEvent::Started { model }))) => (Some(model), None),
        Some(said) => (None, Some(said.unwrap_or_else(|| Err(hung_up())))),
        None => (None, None),
    }
}
