use async_trait::async_trait;
use futures_core::stream::BoxStream;
use std::fmt::Debug;

use crate::{Result, ports::Health, types::LiveEvent};

/// Carries live events between the parts of a node, and between nodes.
///
/// Contract: an event reaches every subscription that existed when it was published, on every node, those of the
/// publisher included; one subscription gets the events of one publisher in their order. It is a notice, not a record:
/// a subscriber that is too slow, or away, misses events and is told how many as soon as it reads on. Publishing never
/// waits for a subscriber.
#[async_trait]
pub trait Bus: Send + Sync + Debug {
    /// Really asks the bus.
    async fn check(&self) -> Health;

    /// Tells everybody. Nobody listening is no error.
    async fn publish(&self, event: LiveEvent) -> Result<()>;

    /// Everything published from now on, until dropped.
    async fn subscribe(&self) -> Result<BusStream>;
}

/// What a subscription hears. It ends when the bus is closed.
pub type BusStream = BoxStream<'static, Heard>;

/// One item of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event(LiveEvent),
    /// So many events were missed; what is shown should be read again.
    Missed(u64),
}
