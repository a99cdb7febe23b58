use futures_util::StreamExt;
use jarvis_core::{
    Error, ErrorKind, Result,
    id::{MemoryId, MessageId},
    ports::{Completion, ModelEvent, ModelStream},
    text::estimate_tokens,
    types::{DocKind, DocRef, NewMessage, Role},
};

use super::{
    Work,
    answer::{ChatAnswer, ChatUsage, MemoryUse},
    compose::{Begun, Notes},
    generation::{Buffer, ChatStart, Generation},
    prepare::Turn,
    remember::remember,
};
use crate::idempotent;

/// Bytes of one answer at most; a model that does not stop is stopped here.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

const TOTAL: &str = "jarvis_generations_total";
const SECONDS: &str = "jarvis_generation_seconds";

/// Tells `/metrics` what the counters mean.
pub(super) fn describe() {
    metrics::describe_counter!(TOTAL, "Answers that ended, by outcome.");
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Time from the question to the stored answer.");
}

/// A model that has begun to answer.
pub(super) struct Asked {
    stream: ModelStream,
    reply: Reply,
}

/// What is known of an answer while it comes.
struct Reply {
    start: ChatStart,
    buffer: Buffer,
    prompt_tokens: u32,
    memories_used: Vec<MemoryUse>,
    notes: Notes,
}

impl Work {
    /// Recalls, builds the prompt and asks the model.
    pub(super) async fn ask(&self, turn: &Turn) -> Result<(Generation, Asked)> {
        let ports = &self.context.ports;
        let models = ports.model.models().await?;
        let asked = self.request.model.as_deref();
        let model = models.iter().find(|model| asked.is_none_or(|asked| model.id == asked));
        let model = model.ok_or_else(|| Error::internal("a provider has no models"))?;
        let in_prompt = [DocRef::from(turn.said.id)];
        let recalled = self.recall.find(&self.scope, &turn.said.content, &in_prompt).await.unwrap_or_else(|error| {
            // An index in trouble costs the answer its memory, not the person their answer.
            tracing::warn!(?error, "answering without recall");
            crate::RecallOutcome::default()
        });
        let memories_used: Vec<MemoryUse> = recalled.chosen.iter().map(MemoryUse::of).collect();
        let Begun { stream, prompt_tokens, notes } = self.ask_with_budget(turn, &recalled, model).await?;
        let start = ChatStart {
            message_id: MessageId::new(&*ports.ids),
            user_message_id: turn.said.id,
            conversation_id: turn.said.conversation_id,
            model: model.id.clone(),
        };
        let buffer = Buffer::new(memories_used.clone());
        let generation = buffer.generation(start.clone(), false);
        Ok((generation, Asked { stream, reply: Reply { start, buffer, prompt_tokens, memories_used, notes } }))
    }

    /// Takes the answer as it comes, then stores it.
    pub(super) async fn produce(&self, turn: Turn, asked: Asked) {
        let Asked { stream, reply } = asked;
        let outcome = match collect(stream, &reply.buffer).await {
            Ok(completion) => self.store(&turn, &reply, &completion).await,
            Err(error) => Err(error),
        };
        if let Ok(answer) = &outcome {
            self.afterwards(&turn, answer, reply.notes);
        }
        if let Err(error) = &outcome {
            tracing::warn!(?error, conversation = %reply.start.conversation_id, "an answer failed; the user's message is kept");
        }
        let told = if outcome.is_ok() { "done" } else { "failed" };
        metrics::counter!(TOTAL, "outcome" => told).increment(1);
        metrics::histogram!(SECONDS, "outcome" => told).record(turn.begun.elapsed());
        // Free before telling: whoever hears the end may speak again at once.
        drop(turn.held);
        reply.buffer.end(outcome);
    }

    /// One transaction: the answer's row, what is worth remembering, what was used, the key.
    async fn store(&self, turn: &Turn, reply: &Reply, completion: &Completion) -> Result<ChatAnswer> {
        let at = self.context.now();
        let content = reply.buffer.text();
        let usage = completion.usage.map_or_else(
            || ChatUsage { prompt_tokens: reply.prompt_tokens, completion_tokens: estimate_tokens(&content) },
            |usage| ChatUsage { prompt_tokens: usage.prompt_tokens, completion_tokens: usage.completion_tokens },
        );
        let mut answer = ChatAnswer {
            id: reply.start.message_id,
            conversation_id: reply.start.conversation_id,
            content,
            model: reply.start.model.clone(),
            memory_saved: false,
            memories_used: reply.memories_used.clone(),
            usage,
            response_time: turn.begun.elapsed(),
            created_at: at,
        };
        let memories = self.candidates(turn, at);
        let used: Vec<MemoryId> =
            reply.memories_used.iter().filter(|used| used.kind == DocKind::Memory).map(|used| used.id.into()).collect();
        let scope = self.scope;
        let request = std::sync::Arc::clone(&self.request);
        let parent_id = Some(turn.said.id);
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    answer.memory_saved = remember(tx, &scope, memories).await?;
                    let row = NewMessage {
                        parent_id,
                        tokens: Some(answer.usage.completion_tokens),
                        model: Some(answer.model.clone()),
                        recall_score: answer.memories_used.first().map(|used| used.score),
                        metadata: Some(answer.record()?),
                        ..NewMessage::text(
                            answer.id,
                            answer.conversation_id,
                            Role::Assistant,
                            answer.content.clone(),
                            at,
                        )
                    };
                    tx.messages().append(&scope, row).await?;
                    tx.memories().touch(&scope, &used, at).await?;
                    idempotent::finish(tx, &scope, request.idempotency.as_ref()).await?;
                    Ok(answer)
                })
            })
            .await
    }
}

async fn collect(mut stream: ModelStream, buffer: &Buffer) -> Result<Completion> {
    while let Some(event) = stream.next().await {
        match event? {
            ModelEvent::Token(text) => {
                buffer.push(&text);
                if buffer.len() > MAX_ANSWER_BYTES {
                    return Err(ErrorKind::Upstream.error("the model's answer has no end; lower max_tokens"));
                }
            }
            ModelEvent::Done(completion) => return Ok(completion),
        }
    }
    Err(Error::internal("a model's stream ended without saying so"))
}
