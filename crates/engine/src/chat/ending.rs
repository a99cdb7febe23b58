//! What is stored when an answer ends, well or not.

use std::sync::Arc;

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

impl Work {
    /// One transaction: the answer's row, what is worth remembering, what was used, the key.
    pub(super) async fn store(&self, turn: &Turn, reply: &Reply, end: End) -> Result<ChatAnswer> {
        let mut answer = self.answer_so_far(turn, reply, end);
        // What was said was taken in with the first answer.
        let memories = if turn.is_first { self.candidates(turn, answer.created_at) } else { Vec::new() };
        let used: Vec<MemoryId> =
            reply.memories_used.iter().filter(|used| used.kind == DocKind::Memory).map(|used| used.id.into()).collect();
        let (scope, request, said) = (self.scope, Arc::clone(&self.request), turn.said.id);
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    answer.memory_saved = remember(tx, &scope, memories).await?;
                    tx.messages().append(&scope, answer.row(said)?).await?;
                    tx.memories().touch(&scope, &used, answer.created_at).await?;
                    tx.generations().finish(&scope, answer.id).await?;
                    idempotent::finish(tx, &scope, request.idempotency.as_ref(), answer.id.as_uuid()).await?;
                    Ok(answer)
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
                tracing::warn!(?error, "a part of an answer is stored at the next start only");
                false
            }
        }
    }

    /// Forgets an answer that never began.
    pub(super) async fn abandon(&self, turn: Turn, error: Error) {
        tracing::warn!(?error, conversation = %turn.said.conversation_id, "no answer began; the user's message is kept");
        if let Err(error) = forget(&self.context, self.scope, turn.answer_id).await {
            tracing::warn!(?error, "that an answer was due is forgotten at the next start only");
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
        .write(move |tx| {
            Box::pin(async move {
                let row = tx.messages().append(&scope, row).await?;
                tx.generations().finish(&scope, row.id).await?;
                Ok(row)
            })
        })
        .await
}

async fn forget(context: &Context, scope: Scope, id: MessageId) -> Result<()> {
    context.write(move |tx| Box::pin(async move { tx.generations().finish(&scope, id).await.map(drop) })).await
}
