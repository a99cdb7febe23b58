use async_trait::async_trait;
use futures_core::stream::BoxStream;
use std::fmt::Debug;

use crate::{Result, ports::Health, types::BusMessage};

/// Carries messages between the parts of a node, and between nodes.
///
/// Contract: a message reaches every subscription that existed when it was published, on every node, those of the
/// publisher included; one subscription gets the messages of one publisher in their order. It is a notice, not a record:
/// a subscriber that is too slow, or away, misses messages and is told how many as soon as it reads on, and a bus between
/// nodes may lose some that nobody can count. Publishing never waits for a subscriber. A message that cannot be read, such
/// as one of a newer version, is passed over.
#[async_trait]
pub trait Bus: Send + Sync + Debug {
    /// Really asks the bus.
    async fn check(&self) -> Health;

    /// Tells everybody. Nobody listening is no error.
    async fn publish(&self, message: BusMessage) -> Result<()>;

    /// Everything published from now on, until dropped.
    async fn subscribe(&self) -> Result<BusStream>;
}

/// What a subscription hears. It ends when the bus is closed.
pub type BusStream = BoxStream<'static, Heard>;

/// One item of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message(BusMessage),
    /// So many messages, at least, were missed: what depends on them must be looked at again.
    Missed(u64),
}
