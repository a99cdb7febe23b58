//! What is stored when an answer ends, well or not.

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{MemoryId, MessageId},
    text::estimate_tokens,
    types::{DocKind, Message, NewMessage},
};

use super::{
    Work,
    answer::{ChatAnswer, ChatFinish, ChatUsage},
    prepare::Turn,
    produce::{End, Reply},
    remember::remember,
};
use crate::{context::Context, idempotent};

/// Pauses between attempts to store what broke off: in all about half an hour.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 64;

impl Work {
    /// One transaction: the answer's row, what is worth remembering, what was used, the key.
    /// Answers which memories it made, too.
    pub(super) async fn store(&self, turn: &Turn, reply: &Reply, end: End) -> Result<(ChatAnswer, Vec<MemoryId>)> {
        let mut answer = self.answer_so_far(turn, reply, end);
        // What was said was taken in with the first answer.
        let memories = if turn.is_first { self.candidates(turn, answer.created_at) } else { Vec::new() };
        let used: Vec<MemoryId> =
            reply.memories_used.iter().filter(|used| used.kind == DocKind::Memory).map(|used| used.id.into()).collect();
        let (scope, request, said) = (self.scope, Arc::clone(&self.request), turn.said.id);
        self.context
            .write(scope, move |tx| {
                Box::pin(async move {
                    let made = remember(tx, &scope, memories).await?;
                    answer.memory_saved = !made.is_empty();
                    tx.messages().append(&scope, answer.row(said)?).await?;
                    tx.memories().touch(&scope, &used, answer.created_at).await?;
                    tx.generations().finish(&scope, answer.id).await?;
                    idempotent::finish(tx, &scope, request.idempotency.as_ref(), answer.id.as_uuid()).await?;
                    Ok((answer, made))
                })
            })
            .await
    }

    /// Keeps what there is of an answer that failed; whether that is anything. The key stays open: the same request asks
    /// again.
    pub(super) async fn break_off(&self, turn: &Turn, reply: &Reply) -> bool {
        let end = End { finish_reason: ChatFinish::Interrupted, usage: None };
        let answer = self.answer_so_far(turn, reply, end);
        match interrupt(&self.context, self.scope, &answer, turn.said.id).await {
            Ok(row) => row.is_some(),
            Err(error) => {
                tracing::warn!(?error, "a part of an answer is not stored yet; it is tried again");
                let (context, scope, said) = (self.context.clone(), self.scope, turn.said.id);
                self.context.spawn(async move {
                    let mut pauses = Pauses::default();
                    while pauses.next(&context).await && interrupt(&context, scope, &answer, said).await.is_err() {}
                });
                false
            }
        }
    }

    /// Forgets an answer that never began.
    pub(super) async fn abandon(&self, turn: Turn, error: Error) {
        tracing::warn!(?error, conversation = %turn.said.conversation_id, "no answer began; the user's message is kept");
        if let Err(error) = forget(&self.context, self.scope, turn.answer_id).await {
            tracing::warn!(?error, "that an answer was due is not forgotten yet; it is tried again");
            let (context, scope, id) = (self.context.clone(), self.scope, turn.answer_id);
            self.context.spawn(async move {
                let mut pauses = Pauses::default();
                while pauses.next(&context).await && forget(&context, scope, id).await.is_err() {}
            });
        }
        turn.held.end(Err(error));
    }

    fn answer_so_far(&self, turn: &Turn, reply: &Reply, end: End) -> ChatAnswer {
        let start = &reply.entry.start;
        let content = reply.entry.buffer.text();
        let usage = end.usage.map_or_else(
            || ChatUsage { prompt_tokens: reply.prompt_tokens, completion_tokens: estimate_tokens(&content) },
            |usage| ChatUsage { prompt_tokens: usage.prompt_tokens, completion_tokens: usage.completion_tokens },
        );
        ChatAnswer {
            id: start.message_id,
            conversation_id: start.conversation_id,
            content,
            model: start.model.clone(),
            memory_saved: false,
            memories_used: reply.memories_used.to_vec(),
            usage,
            finish_reason: end.finish_reason,
            response_time: turn.begun.elapsed(),
            created_at: self.context.now(),
        }
    }
}

/// Between attempts at what a full disk or a busy store refused. What is left at the engine's end, or after all attempts, the
/// next start puts in order.
#[derive(Default)]
struct Pauses(u32);

impl Pauses {
    /// Waits; answers whether to try again.
    async fn next(&mut self, context: &Context) -> bool {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.0.min(8)).min(LONGEST_PAUSE);
        self.0 += 1;
        self.0 <= ATTEMPTS && context.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }
}

/// Stores an answer that broke off, when there is any text of it, and forgets that it was coming. Where no message may be
/// stored any more, only the latter.
pub(super) async fn interrupt(
    context: &Context,
    scope: Scope,
    answer: &ChatAnswer,
    answers: MessageId,
) -> Result<Option<Message>> {
    let id = answer.id;
    let row = if answer.content.is_empty() { None } else { Some(answer.row(answers)?) };
    let Some(row) = row else { return forget(context, scope, id).await.map(|()| None) };
    match end_with(context, scope, row).await {
        Ok(row) => Ok(Some(row)),
        // its conversation went, or is in the bin
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {
            tracing::debug!(?error, "a part of an answer has no place any more");
            forget(context, scope, id).await.map(|()| None)
        }
        Err(error) => Err(error),
    }
}

async fn end_with(context: &Context, scope: Scope, row: NewMessage) -> Result<Message> {
    context
        .write(scope, move |tx| {
            Box::pin(async move {
                let row = tx.messages().append(&scope, row).await?;
                tx.generations().finish(&scope, row.id).await?;
                Ok(row)
            })
        })
        .await
}

async fn forget(context: &Context, scope: Scope, id: MessageId) -> Result<()> {
    context.write(scope, move |tx| Box::pin(async move { tx.generations().finish(&scope, id).await.map(drop) })).await
}
