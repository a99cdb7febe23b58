//! Storing what comes from an export as it was.

use jarvis_core::{
    Result,
    id::{MemoryId, MessageId},
    policy::memory_candidates,
    types::{ForeignKind, Memory},
};
use uuid::Uuid;

use super::{
    ImportFormat,
    item::MemoryItem,
    keys::{message_key, with_origin},
    past::{MemoryPast, SummaryItem},
    storing::Storing,
};

impl Storing<'_> {
    /// A row that was never away: an export that comes back to where it was made names rows by their own ids.
    pub(super) async fn own(&self, kind: ForeignKind, id: &str) -> Result<Option<Uuid>> {
        let Some(id) = Uuid::try_parse(id).ok().filter(|_| self.source == ImportFormat::Jsonl.as_str()) else {
            return Ok(None);
        };
        let (tx, scope) = (self.tx, &self.scope);
        let is_there = match kind {
            ForeignKind::Session => tx.sessions().get(scope, id.into()).await?.is_some(),
            ForeignKind::Conversation => tx.conversations().get(scope, id.into()).await?.is_some(),
            ForeignKind::Message => tx.messages().get(scope, id.into()).await?.is_some(),
            ForeignKind::Memory => tx.memories().get(scope, id.into()).await?.is_some(),
        };
        Ok(is_there.then_some(id))
    }

    /// Stores a memory with its history. A closed one whose successor is not there yet is closed by nothing that exists,
    /// until that comes.
    pub(super) async fn restore_memory(&self, item: &MemoryItem, past: &MemoryPast) -> Result<MemoryId> {
        let id = MemoryId::new(&*self.ids);
        let superseded_by = match &past.superseded_by {
            Some(by) => {
                let known = self.find(ForeignKind::Memory, by).await?;
                Some(known.map_or_else(|| MemoryId::new(&*self.ids), MemoryId::from))
            }
            None => None,
        };
        let created_at = item.created_at.unwrap_or(past.valid_from);
        let memory = Memory {
            id,
            user_id: self.scope.user(),
            kind: item.kind,
            category: item.category.clone(),
            content: item.content.clone(),
            importance: item.importance,
            access_count: past.access_count,
            last_accessed_at: past.last_accessed_at,
            expires_at: item.expires_at,
            source_message_ids: self.sources(past).await?,
            valid_from: past.valid_from,
            valid_to: past.valid_to,
            superseded_by,
            pinned: past.pinned,
            metadata: with_origin(item.metadata.as_ref(), self.source, item.id.as_deref())?,
            created_at,
            updated_at: past.updated_at.unwrap_or(created_at),
        };
        let slot = memory_candidates::slot(&memory.content);
        self.tx.restore().memory(&self.scope, memory, slot).await?;
        Ok(id)
    }

    /// The turns of the file that are here.
    async fn sources(&self, past: &MemoryPast) -> Result<Vec<MessageId>> {
        let keys: Vec<String> =
            past.sources.iter().map(|(conversation, message)| message_key(conversation, message)).collect();
        let found = self.find_messages_by(&keys, past.sources.iter().map(|(_, message)| message.as_str())).await?;
        let mut sources = Vec::with_capacity(found.len());
        for id in found.into_iter().flatten() {
            if !sources.contains(&id) {
                sources.push(id);
            }
        }
        Ok(sources)
    }

    /// Ties the memories that came before to the one that replaced them.
    pub(super) async fn succeed(&self, past: &MemoryPast, by: MemoryId) -> Result<()> {
        for old in &past.supersedes {
            if let Some(old) = self.find(ForeignKind::Memory, old).await? {
                self.tx.restore().succeed(&self.scope, old.into(), by).await?;
            }
        }
        Ok(())
    }

    /// Keeps a summary where there is none.
    pub(super) async fn summary(&mut self, item: &SummaryItem) -> Result<()> {
        self.store_messages().await?;
        let Some(conversation) = self.find(ForeignKind::Conversation, &item.conversation_id).await? else {
            return Ok(());
        };
        let keys = [message_key(&item.conversation_id, &item.until)];
        let until = self.find_messages_by(&keys, std::iter::once(item.until.as_str())).await?;
        let head = self.tx.conversations().get(&self.scope, conversation.into()).await?;
        if let (Some(Some(until)), Some(head)) = (until.first(), head)
            && head.summary.is_none()
        {
            self.tx.conversations().set_summary(&self.scope, head.id, &item.content, *until).await?;
        }
        Ok(())
    }
}
