use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{
    Result,
    ports::{Bus, BusStream, Health},
    types::BusMessage,
};

/// A bus that loses every fourth message and holds every fifth back until others came before it. Live events pass.
#[derive(Debug)]
pub struct LossyBus {
    bus: Arc<dyn Bus>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    said: u64,
    lost: u64,
    held_back: Option<BusMessage>,
}

impl LossyBus {
    /// Loses messages of `bus`.
    pub fn new(bus: Arc<dyn Bus>) -> Arc<Self> {
        Arc::new(Self { bus, state: Mutex::default() })
    }

    /// How many were lost.
    pub fn lost(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).lost
    }

    /// What goes out now that `message` is said.
    fn pass(&self, message: BusMessage) -> Vec<BusMessage> {
        if matches!(message, BusMessage::Live(_)) {
            return vec![message];
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.said += 1;
        if state.said.is_multiple_of(4) {
            state.lost += 1;
            return Vec::new();
        }
        if state.said.is_multiple_of(5) {
            return state.held_back.replace(message).into_iter().collect();
        }
        let mut passing = vec![message];
        if state.said.is_multiple_of(3) {
            passing.extend(state.held_back.take());
        }
        passing
    }
}

#[async_trait]
impl Bus for LossyBus {
    async fn check(&self) -> Health {
        self.bus.check().await
    }

    async fn publish(&self, message: BusMessage) -> Result<()> {
        for message in self.pass(message) {
            self.bus.publish(message).await?;
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<BusStream> {
        self.bus.subscribe().await
    }
}
