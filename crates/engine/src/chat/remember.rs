//! What of a turn is worth remembering.

use jarvis_core::{
    Result, Scope, Timestamp,
    id::MemoryId,
    policy::memory_candidates,
    ports::Tx,
    types::{MemoryKind, NewMemory},
};

use super::{Work, answer::ChatAnswer, compose::Notes, prepare::Turn, summarise::Due};

impl Work {
    /// What is done with a turn once its answer is stored, off the answer's path.
    pub(super) fn afterwards(&self, turn: &Turn, answer: &ChatAnswer, notes: Notes) {
        self.context.background.ratios.observe(&answer.model, notes.estimated, answer.usage.prompt_tokens);
        if notes.summary_due {
            let (scope, conversation) = (self.scope, answer.conversation_id);
            let due = Due { scope, conversation, leaf: answer.id, model: answer.model.clone(), notes };
            let context = self.context.clone();
            self.context.later("summary", async move { context.summarise(due).await });
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
                slot: None,
                metadata: None,
                created_at: at,
            })
            .collect()
    }
}

/// Stores the memories that are not known yet, and that those which are were said again. Answers whether any was new.
pub(super) async fn remember(tx: &dyn Tx, scope: &Scope, memories: Vec<NewMemory>) -> Result<bool> {
    let mut saved = false;
    for memory in memories {
        if let Some(known) = tx.memories().same_content(scope, &memory.content, memory.created_at).await? {
            for message in memory.source_message_ids {
                tx.memories().add_source(scope, known.id, message).await?;
            }
        } else {
            tx.memories().insert(scope, memory).await?;
            saved = true;
        }
    }
    Ok(saved)
}
