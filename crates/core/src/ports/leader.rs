use async_trait::async_trait;
use futures_core::future::BoxFuture;
use std::fmt::Debug;

use crate::Result;

/// Chooses one of the nodes that share a store, for work that one of them does for all.
///
/// Contract: at any time at most one node leads, apart from the moment in which one that was cut off has not noticed yet;
/// what a leader does must therefore do no harm when done twice. When the leader ends or is gone, another that waits leads
/// soon. A node that leads already waits for itself: of two calls at once the second leads when the first has resigned.
#[async_trait]
pub trait Leader: Send + Sync + Debug {
    /// Waits until this node leads. Dropping the future gives up. Errors are of asking, such as `Unavailable`; ask again.
    async fn lead(&self) -> Result<Leadership>;
}

/// Leading. It resolves when this node does not lead any more; dropping it resigns.
pub type Leadership = BoxFuture<'static, ()>;
