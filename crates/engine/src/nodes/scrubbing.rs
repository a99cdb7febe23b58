//! What a node owes after an erasure on another one: nothing of it may stay in the files of its own indexes.

use std::sync::atomic::Ordering;

use jarvis_core::{Result, Scope, types::OutboxSeq};

use crate::context::Context;

impl Context {
    /// Rewrites the indexes once they have followed to `due`, unless that is being done.
    pub(super) fn scrub_soon(&self, due: OutboxSeq) {
        if self.is_scrubbing.swap(true, Ordering::AcqRel) {
            return;
        }
        let context = self.clone();
        self.spawn(async move {
            let stop = context.stop.clone();
            if let Some(Err(error)) = stop.run_until_cancelled(context.scrub(due)).await {
                tracing::warn!(?error, "the indexes still hold what was erased; it is tried again");
            }
            context.is_scrubbing.store(false, Ordering::Release);
        });
    }

    async fn scrub(&self, due: OutboxSeq) -> Result<()> {
        let words = async {
            self.indexes.text.followed_to(due).await?;
            self.ports.text.scrub().await
        };
        let vectors = async {
            self.indexes.vectors.followed_to(due).await?;
            self.vectors.scrub().await
        };
        let (words, vectors) = tokio::join!(words, vectors);
        words.and(vectors)?;
        self.note_scrubbed(due).await?;
        tracing::info!("rewrote the indexes after an erasure on another node");
        Ok(())
    }

    /// Notes that this node's indexes hold nothing that was erased up to `due`.
    pub(crate) async fn note_scrubbed(&self, due: OutboxSeq) -> Result<()> {
        let own = self.nodes.own.clone();
        let unit = self
            .ports
            .store
            .write(move |tx| Box::pin(async move { tx.nodes().note_scrubbed(&Scope::system(), &own, due).await }));
        unit.await
    }

    /// A node that nobody knows may have been away so long that what it owes was forgotten with it: what its indexes hold
    /// is made anew.
    pub(super) async fn rebuild_what_is_unknown(&self) {
        let applied = tokio::join!(self.indexes.text.applied(), self.indexes.vectors.applied());
        if matches!(applied, (Ok(0), Ok(0))) {
            return;
        }
        tracing::info!("this node was away for long, or is new with an index of old; making its indexes anew");
        self.indexes.reindex();
    }
}
