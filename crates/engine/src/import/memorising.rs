//! Storing memories.

use jarvis_core::{
    Result,
    id::MemoryId,
    types::{ForeignKind, LiveChange, NewMemory},
};

use super::{
    item::MemoryItem,
    keys::with_origin,
    origin::Origin,
    storing::{Fate, Storing},
};

impl Storing<'_> {
    pub(super) async fn memory(&mut self, item: MemoryItem) -> Result<Fate> {
        if let Some(id) = &item.id
            && let Some(known) = self.find(ForeignKind::Memory, id).await?
        {
            if let Some(past) = &item.past {
                self.succeed(past, known.into()).await?;
            }
            return Ok(Fate::Existing);
        }
        let origin = Origin::of(self.source, item.metadata.as_ref());
        if let Some(same) = self.find_origin(ForeignKind::Memory, origin.as_ref()).await? {
            if let Some(id) = item.id {
                self.note(ForeignKind::Memory, id, same).await?;
            }
            return Ok(Fate::Existing);
        }
        if let Some(past) = &item.past {
            self.store_messages().await?;
            let memory_id = self.restore_memory(&item, past).await?;
            if let Some(id) = &item.id {
                self.note(ForeignKind::Memory, id.clone(), *memory_id.as_uuid()).await?;
            }
            self.note_origin(ForeignKind::Memory, origin, *memory_id.as_uuid()).await?;
            self.succeed(past, memory_id).await?;
            self.outcome.change(LiveChange::MemoryCreated { memory_id });
            return Ok(Fate::Imported);
        }
        if item.expires_at.is_some_and(|at| at <= self.now) {
            return Ok(Fate::Refused("expires_at is in the past; the memory would be gone at once".into()));
        }
        let same = self.tx.memories().same_content(&self.scope, &item.content, self.now).await?;
        let fate = if same.is_some() { Fate::Existing } else { Fate::Imported };
        let made = if let Some(same) = same {
            same.id
        } else {
            let memory_id = self.insert_memory(&item).await?;
            self.outcome.change(LiveChange::MemoryCreated { memory_id });
            memory_id
        };
        if let Some(id) = item.id {
            self.note(ForeignKind::Memory, id, *made.as_uuid()).await?;
        }
        Ok(fate)
    }

    async fn insert_memory(&self, item: &MemoryItem) -> Result<MemoryId> {
        let id = MemoryId::new(&*self.ids);
        let memory = NewMemory {
            id,
            kind: item.kind,
            category: item.category.clone(),
            content: item.content.clone(),
            importance: item.importance,
            expires_at: item.expires_at,
            source_message_ids: Vec::new(),
            // a file tells in no order that says which of two was true last
            slot: None,
            metadata: with_origin(item.metadata.as_ref(), self.source, item.id.as_deref())?,
            created_at: item.created_at.unwrap_or(self.now),
        };
        self.tx.memories().insert(&self.scope, memory).await?;
        Ok(id)
    }
}
