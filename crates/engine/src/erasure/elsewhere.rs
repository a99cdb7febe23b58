//! What an erasure asks of other nodes: to stop the person's answers, to forget them in memory, to rewrite their indexes.

use std::time::Duration;

use jarvis_core::{
    ErrorKind, Result, Scope,
    id::UserId,
    types::{BusMessage, Node, NodeId, OutboxSeq},
};
use tokio::time::{Instant, sleep};

use super::{Erasure, STOPPING};

/// How long other nodes are waited for.
const OTHERS: Duration = Duration::from_secs(30);
/// How often it is looked whether they are done.
const LOOK: Duration = Duration::from_millis(50);
/// Answers of one person that are counted.
const COUNTED: u32 = 1_000;

impl Erasure {
    /// Stops answers that other nodes produce for a person. Answers how many there were; one whose node does not hear finds
    /// no conversation to be stored in.
    pub(super) async fn stop_elsewhere(&self, user: UserId) -> Result<u64> {
        if !self.context.nodes.is_shared {
            return Ok(0);
        }
        let begun = Instant::now();
        let found = self.running_elsewhere(user).await?;
        let mut left = found;
        while left > 0 && begun.elapsed() < STOPPING {
            self.tell_others(user).await;
            sleep(LOOK).await;
            left = self.running_elsewhere(user).await?;
        }
        Ok(found - left.min(found))
    }

    async fn running_elsewhere(&self, user: UserId) -> Result<u64> {
        let running = self.context.ports.store.generations().running(&Scope::of(user), COUNTED).await?;
        let mut count = 0;
        for row in running.iter().filter(|row| row.node != self.context.nodes.own) {
            count += u64::from(!self.context.nodes.is_gone(&row.node).await?);
        }
        Ok(count)
    }

    /// Makes every node owe a rewriting of its indexes, by a row that outlasts whatever happens to it.
    pub(super) async fn demand_elsewhere(&self, user: UserId, due: OutboxSeq) -> Result<()> {
        if !self.context.nodes.is_shared {
            return Ok(());
        }
        let unit = self
            .context
            .ports
            .store
            .write(move |tx| Box::pin(async move { tx.nodes().demand_scrub(&Scope::system(), due).await }));
        unit.await?;
        self.tell_others(user).await;
        Ok(())
    }

    /// Waits for the nodes that live to have rewritten their indexes; answers who is away and has not.
    pub(super) async fn done_elsewhere(&self, due: OutboxSeq) -> Result<Vec<NodeId>> {
        if !self.context.nodes.is_shared {
            return Ok(Vec::new());
        }
        let begun = Instant::now();
        loop {
            let owing: Vec<(Node, bool)> = self
                .context
                .nodes
                .all()
                .await?
                .into_iter()
                .filter(|(node, _)| node.scrubbed < due.min(node.scrub_due))
                .collect();
            if owing.iter().all(|(_, is_gone)| *is_gone) {
                return Ok(owing.into_iter().map(|(node, _)| node.id).collect());
            }
            if begun.elapsed() > OTHERS {
                return Err(ErrorKind::Unavailable.error("another server has not rewritten its indexes yet"));
            }
            sleep(LOOK).await;
        }
    }

    async fn tell_others(&self, user_id: UserId) {
        self.context.nodes.publish(BusMessage::Erasing { from: self.context.nodes.own.clone(), user_id }).await;
    }
}
