use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use jarvis_core::{
    Result,
    ports::{Bus, BusStream, Health, Heard},
    types::BusMessage,
};
use tokio::sync::broadcast::{self, error::RecvError};

/// Messages that a subscription may be behind before it misses some. The room is taken at the start: some 200 bytes each.
const CAPACITY: usize = 1_024;

/// The bus of a single node: nothing leaves the process.
#[derive(Debug)]
pub struct InProcessBus(broadcast::Sender<BusMessage>);

impl InProcessBus {
    /// A bus without subscribers.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(broadcast::Sender::new(CAPACITY)))
    }
}

#[async_trait]
impl Bus for InProcessBus {
    /// There is nothing outside that could fail.
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    async fn publish(&self, message: BusMessage) -> Result<()> {
        // it fails when nobody listens, which is no error
        let _ = self.0.send(message);
        Ok(())
    }

    async fn subscribe(&self) -> Result<BusStream> {
        let heard = |mut receiver: broadcast::Receiver<BusMessage>| async move {
            let heard = match receiver.recv().await {
                Ok(message) => Heard::Message(message),
                Err(RecvError::Lagged(missed)) => Heard::Missed(missed),
                Err(RecvError::Closed) => return None,
            };
            Some((heard, receiver))
        };
        Ok(stream::unfold(self.0.subscribe(), heard).boxed())
    }
}
