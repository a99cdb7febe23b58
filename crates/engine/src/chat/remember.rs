//! What of a turn is worth remembering.

use jarvis_core::{
    Result, Scope, Timestamp,
    id::MemoryId,
    policy::memory_candidates,
    ports::{TokenUsage, Tx},
    types::{MemoryKind, NewMemory, RECALL_MODEL, Role},
};

use super::{Work, answer::ChatAnswer, compose::Notes, extract::Heard, prepare::Turn, summarise::Due};
use crate::MemoryExtraction;

impl Work {
    /// What is done with a turn once its answer is stored, off the answer's path.
    /// `counted` is what the model's server says it counted.
    pub(super) fn afterwards(&self, turn: &Turn, answer: &ChatAnswer, notes: Notes, counted: Option<TokenUsage>) {
        let (context, scope) = (&self.context, self.scope);
        if let Some(counted) = counted {
            context.background.ratios.observe(&answer.model, notes.estimated, counted.prompt_tokens);
        }
        if notes.summary_due {
            let conversation = answer.conversation_id;
            let due = Due { scope, conversation, leaf: answer.id, model: answer.model.clone(), notes };
            let at_work = context.clone();
            context.later("summary", async move { at_work.summarise(due).await });
        }
        // another answer to the same words tells nothing new about the person
        if !turn.is_first {
            return;
        }
        if !self.request.save_memory {
            return;
        }
        if context.options.memory_extraction == MemoryExtraction::Model && answer.model != RECALL_MODEL {
            let asked = turn.earlier.last().filter(|last| last.role == Role::Assistant);
            let heard = Heard {
                scope,
                said: turn.said.clone(),
                asked: asked.map(|asked| asked.content.clone()),
                model: answer.model.clone(),
            };
            let recall = self.recall.clone();
            context.later("memories", async move { recall.extract(heard).await });
        }
    }

    /// Forgets what the person wants forgotten: whether or not there is an answer, anything is to be saved, or the engine
    /// shuts down.
    pub(super) fn forget_what_is_asked(&self, turn: &Turn) {
        if turn.is_first {
            let (at_work, scope, said) = (self.context.clone(), self.scope, turn.said.content.clone());
            self.context.spawn(async move { at_work.forget(scope, &said).await });
        }
    }

    /// What the person said about themselves.
    pub(super) fn candidates(&self, turn: &Turn, at: Timestamp) -> Vec<NewMemory> {
        if !self.request.save_memory {
            return Vec::new();
        }
        let ids = &*self.context.ports.ids;
        memory_candidates::extract(&turn.said.content)
            .into_iter()
            .map(|candidate| NewMemory {
                id: MemoryId::new(ids),
                kind: MemoryKind::LongTerm,
                category: candidate.category.to_owned(),
                content: candidate.content,
                importance: candidate.importance,
                expires_at: None,
                source_message_ids: vec![turn.said.id],
                slot: candidate.slot,
                metadata: None,
                created_at: at,
            })
            .collect()
    }
}

/// Stores the memories that are not known yet, and that those which are were said again. Answers those that were new.
pub(super) async fn remember(tx: &dyn Tx, scope: &Scope, memories: Vec<NewMemory>) -> Result<Vec<MemoryId>> {
    let mut made = Vec::new();
    for memory in memories {
        if let Some(known) = tx.memories().same_content(scope, &memory.content, memory.created_at).await? {
            for message in memory.source_message_ids {
                tx.memories().add_source(scope, known.id, message).await?;
            }
        } else {
            made.push(tx.memories().insert(scope, memory).await?.id);
        }
    }
    Ok(made)
}
