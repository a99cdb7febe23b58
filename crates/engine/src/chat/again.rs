//! Answering what was stored before: another answer beside the first, or the one that never came.

use std::time::Instant;

use jarvis_core::{
    Error, Result,
    id::MessageId,
    types::{ClaimState, DocRef, Message, NewGeneration, Role, generation_running},
};

use super::{
    Work,
    compose::MAX_TURNS,
    following::{Following, MAX_OF_ONE, row_of},
    generation::Generation,
    prepare::{Prepared, Turn, refuse_bin},
    registry::Held,
};
use crate::idempotent::{self, Seen};

impl Work {
    /// Finds what is to be answered again. `target` is that message, or an answer to it.
    pub(super) async fn prepare_again(&self, target: MessageId) -> Result<Prepared> {
        let begun = Instant::now();
        let messages = self.context.ports.store.messages();
        let Some(target) = messages.get(&self.scope, target).await? else {
            let is_coming = row_of(&self.context, &self.scope, target).await?.is_some();
            return Err(if is_coming { generation_running() } else { Error::not_found("message") });
        };
        let mut known = vec![DocRef::from(target.id)];
        let said = match (target.role, target.parent_id) {
            (Role::Assistant, Some(parent)) => messages.get(&self.scope, parent).await?,
            _ => Some(target),
        };
        let said = said.filter(|said| said.role == Role::User).ok_or_else(|| {
            Error::invalid("message_id", "there is nothing to answer; name a message of the user, or an answer to one")
        })?;
        known.push(DocRef::from(said.id));
        let held = self.registry.hold(self.scope.user(), said.conversation_id);
        if let (Err(error), None) = (&held, &self.request.idempotency) {
            return Err(error.clone());
        }
        if let Some(seen) = self.claim(&said, held.as_ref().err().cloned()).await? {
            drop(held);
            return self.resume(seen, begun).await;
        }
        self.answer(said, known, held?, begun).await
    }

    /// `busy` is why the conversation is not ours.
    async fn claim(&self, said: &Message, busy: Option<Error>) -> Result<Option<Seen>> {
        if self.request.idempotency.is_none() {
            return Ok(None);
        }
        let (scope, idempotency, at) = (self.scope, self.request.idempotency.clone(), self.context.now());
        let resource = *said.id.as_uuid();
        self.context
            .write(scope, move |tx| {
                Box::pin(async move {
                    let seen = idempotent::claim(tx, &scope, idempotency.as_ref(), resource, at).await?;
                    // a key of which nothing comes is not claimed
                    busy.filter(|_| seen.is_none()).map_or(Ok(seen), Err)
                })
            })
            .await
    }

    /// Goes on from what an earlier request with the same key has stored: its answer when that is final, the answer that
    /// is coming when there is one, else the message is answered now.
    pub(super) async fn resume(&self, seen: Seen, begun: Instant) -> Result<Prepared> {
        let messages = self.context.ports.store.messages();
        let stored = messages.get(&self.scope, seen.resource_id.into()).await?.ok_or_else(idempotent::gone)?;
        if seen.state == ClaimState::Finished {
            return replay(stored);
        }
        let Ok(held) = self.registry.hold(self.scope.user(), stored.conversation_id) else {
            return self.join(&stored).map(Prepared::Existing);
        };
        let known = vec![DocRef::from(stored.id)];
        match self.answer(stored.clone(), known, held, begun).await {
            Err(error) if error.code() == generation_running().code() => {
                self.join_elsewhere(&stored, error).await.map(Prepared::Existing)
            }
            answered => answered,
        }
    }

    /// The answer that the first request with this key is getting on another node. `busy` is why the conversation is not
    /// ours.
    async fn join_elsewhere(&self, said: &Message, busy: Error) -> Result<Generation> {
        let running = self.context.ports.store.generations().running(&self.scope, MAX_OF_ONE).await?;
        let Some(first_try) = running.into_iter().find(|row| row.conversation_id == said.conversation_id) else {
            // it has ended meanwhile: whoever repeats gets what it came to
            return Err(idempotent::still_running());
        };
        if first_try.user_message_id != said.id {
            return Err(busy);
        }
        if !self.request.join {
            return Err(idempotent::still_running());
        }
        Following::new(&self.context, &self.scope, &first_try).join(true).await
    }

    /// The answer that the first request with this key is getting.
    fn join(&self, said: &Message) -> Result<Generation> {
        let key = self.request.idempotency.as_ref().filter(|_| self.request.join);
        let running = key.and_then(|key| self.registry.answering(&self.scope, said.conversation_id, key));
        running.map(|entry| entry.generation(true)).ok_or_else(idempotent::still_running)
    }

    /// Notes an answer that is coming, unless the key has one: what was read of a key before the conversation was held may
    /// be over since.
    async fn note(&self, generation: NewGeneration) -> Result<Option<Seen>> {
        let (scope, idempotency) = (self.scope, self.request.idempotency.clone());
        let (answer, said) = (generation.message_id, *generation.user_message_id.as_uuid());
        let (at, allowance) = (generation.started_at, self.allowance);
        self.context
            .write(scope, move |tx| {
                Box::pin(async move {
                    // first, because it waits for another that is ending
                    tx.generations().begin(&scope, generation).await?;
                    let seen = idempotent::claim(tx, &scope, idempotency.as_ref(), said, at).await?;
                    let finished = seen.filter(|seen| seen.state == ClaimState::Finished);
                    if finished.is_some() {
                        tx.generations().finish(&scope, answer).await?;
                    } else {
                        allowance.check_with(tx, &scope, Some(answer)).await?;
                    }
                    Ok(finished)
                })
            })
            .await
    }

    /// Notes that an answer to a stored message is coming.
    async fn answer(&self, said: Message, known: Vec<DocRef>, held: Held, begun: Instant) -> Result<Prepared> {
        let store = &self.context.ports.store;
        let head = store.conversations().get(&self.scope, said.conversation_id).await?;
        let head = head.ok_or_else(|| Error::not_found("conversation"))?;
        refuse_bin(&head)?;
        let earlier = match said.parent_id {
            Some(parent) => store.messages().branch(&self.scope, parent, MAX_TURNS).await?,
            None => Vec::new(),
        };
        let is_first = store.messages().answer_to(&self.scope, said.id).await?.is_none();
        let answer_id = MessageId::new(&*self.context.ports.ids);
        let generation = NewGeneration {
            message_id: answer_id,
            conversation_id: said.conversation_id,
            user_message_id: said.id,
            node: self.context.nodes.own.to_string(),
            started_at: self.context.now(),
        };
        let finished = match self.note(generation.clone()).await {
            Err(error) if self.makes_way(&error, said.conversation_id).await? => self.note(generation).await?,
            noted => noted?,
        };
        if let Some(finished) = finished {
            let answer = store.messages().get(&self.scope, finished.resource_id.into()).await?;
            return replay(answer.ok_or_else(idempotent::gone)?);
        }
        Ok(Prepared::Fresh(Box::new(Turn {
            said,
            earlier,
            session_id: head.session_id,
            answer_id,
            is_first,
            recalled: None,
            known,
            begun,
            held,
        })))
    }
}

/// The final answer of a key.
fn replay(answer: Message) -> Result<Prepared> {
    let answers = answer.parent_id.filter(|_| answer.role == Role::Assistant).ok_or_else(idempotent::gone)?;
    Ok(Prepared::Existing(Generation::stored(answer, answers, true)))
}
