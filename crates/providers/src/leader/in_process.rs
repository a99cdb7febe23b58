use std::sync::Arc;

use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{Leader, Leadership},
};
use tokio::sync::Mutex;

/// The leader where no other process works on the store: whoever owns the data directory leads. Engines of one process
/// that share it take turns.
#[derive(Debug, Default)]
pub struct InProcessLeader(Arc<Mutex<()>>);

impl InProcessLeader {
    /// One that nobody holds.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
}

#[async_trait]
impl Leader for InProcessLeader {
    async fn lead(&self) -> Result<Leadership> {
        let held = Arc::clone(&self.0).lock_owned().await;
        Ok(Box::pin(async move {
            let _held = held;
            std::future::pending::<()>().await;
        }))
    }
}
