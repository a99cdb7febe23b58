use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::TextIndex,
    types::{OutboxEntry, OutboxSeq},
};

/// An index that follows the store, each at its own pace: words never wait for vectors.
///
/// The methods keep the contract of the same names in the index ports.
#[async_trait]
pub(crate) trait Leg: Send + Sync + Debug {
    /// Its name in positions, in metrics and in the log.
    fn name(&self) -> &'static str;

    /// Entries it takes in one step.
    fn batch(&self) -> u32;

    async fn applied(&self) -> Result<OutboxSeq>;

    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()>;

    async fn resume_at(&self, position: OutboxSeq) -> Result<()>;

    async fn commit(&self) -> Result<OutboxSeq>;

    /// The position that would survive a crash, after making durable what is due.
    async fn settle(&self) -> Result<OutboxSeq>;

    async fn clear(&self) -> Result<()>;
}

/// The text index. It makes itself durable as it goes.
#[derive(Debug)]
pub(crate) struct TextLeg(pub(crate) Arc<dyn TextIndex>);

#[async_trait]
impl Leg for TextLeg {
    fn name(&self) -> &'static str {
        "text"
    }

    fn batch(&self) -> u32 {
        1_000
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        self.0.applied().await
    }

    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()> {
        self.0.apply(entries).await
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        self.0.resume_at(position).await
    }

    async fn commit(&self) -> Result<OutboxSeq> {
        self.0.commit().await
    }

    async fn settle(&self) -> Result<OutboxSeq> {
        self.0.position().await
    }

    async fn clear(&self) -> Result<()> {
        self.0.clear().await
    }
}
