use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{VectorChange, VectorDocument, VectorEntry},
    types::{IndexChange, OutboxEntry, OutboxSeq},
};

use super::leg::Leg;
use crate::vectors::{self, Vectors};

/// The vectors of texts, made and kept behind the store at the pace of the model.
#[derive(Debug)]
pub(crate) struct VectorLeg(pub(crate) Vectors);

#[async_trait]
impl Leg for VectorLeg {
    fn name(&self) -> &'static str {
        "vectors"
    }

    /// A model may take milliseconds for each text, and what it has made should not be lost to one failure.
    fn batch(&self) -> u32 {
        256
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        self.0.collection().await?.applied().await
    }

    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()> {
        let texts: Vec<&str> = entries
            .iter()
            .filter_map(|entry| match &entry.change {
                IndexChange::Upsert(document) => Some(document.text.as_str()),
                IndexChange::Delete(_) | IndexChange::DeleteConversation(_) => None,
            })
            .collect();
        let mut made = self.0.of_passages(&texts).await?.into_iter();
        let mut change = |change| match change {
            IndexChange::Upsert(document) => VectorChange::Upsert(VectorDocument {
                doc: document.doc,
                vector: made.next().unwrap_or_default(),
                tags: vectors::tags(&document),
                created_at: document.created_at,
            }),
            IndexChange::Delete(doc) => VectorChange::Delete(doc),
            IndexChange::DeleteConversation(id) => VectorChange::DeleteTagged(vectors::conversation(id)),
        };
        let changes =
            entries.into_iter().map(|entry| VectorEntry { seq: entry.seq, change: change(entry.change) }).collect();
        self.0.collection().await?.apply(changes).await
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        self.0.collection().await?.resume_at(position).await
    }

    async fn commit(&self) -> Result<OutboxSeq> {
        self.0.collection().await?.commit().await
    }

    async fn settle(&self) -> Result<OutboxSeq> {
        let collection = self.0.collection().await?;
        let durable = collection.position().await?;
        if collection.applied().await? == durable { Ok(durable) } else { collection.commit().await }
    }

    async fn clear(&self) -> Result<()> {
        self.0.collection().await?.clear().await
    }
}
