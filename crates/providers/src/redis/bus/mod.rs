//! The bus on Redis: pub/sub for the other nodes, memory for this one.
//!
//! What happens here is heard here at once, whether Redis answers or not. For the others it waits in a bounded queue and goes
//! out in order, numbered: who hears a number that does not follow the last one knows how many it missed, whether they were
//! lost here, on the server or on the way.

mod incoming;
mod outgoing;
mod wire;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use jarvis_core::{
    Result,
    ports::{Bus, BusStream, Health, Heard, Ids},
    types::BusMessage,
};
use redis::cmd;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::Redis;
use incoming::Incoming;
use outgoing::Outgoing;

/// Messages that a subscription may be behind before it misses some.
const CAPACITY: usize = 1_024;
/// How long the first ones wait for the way to the other nodes.
const PATIENCE: Duration = Duration::from_millis(800);

/// What a subscription of this process is told.
#[derive(Clone, Debug)]
enum Told<M> {
    Message(M),
    Missed(u64),
}

/// A bus that all nodes share.
#[derive(Debug)]
pub struct RedisBus {
    redis: Arc<Redis>,
    here: broadcast::Sender<Told<BusMessage>>,
    outgoing: Outgoing,
    listening: watch::Receiver<bool>,
    sending: watch::Receiver<bool>,
    tasks: [JoinHandle<()>; 2],
}

impl RedisBus {
    /// Opens it, whether Redis answers or not. Must be called inside a Tokio runtime.
    pub fn open(redis: Arc<Redis>, ids: &dyn Ids) -> Self {
        let (from, channel) = (ids.next(), redis.name("bus", "all"));
        let here = broadcast::Sender::new(CAPACITY);
        let (listens, listening) = watch::channel(false);
        let (outgoing, waiting) = Outgoing::new(from);
        let incoming = Incoming {
            redis: Arc::clone(&redis),
            channel: channel.clone(),
            from,
            here: here.clone(),
            listening: listens,
        };
        let (sends, sending) = watch::channel(true);
        let send = outgoing::send(Arc::clone(&redis), channel, from, waiting, sends);
        let tasks = [tokio::spawn(incoming.hear()), tokio::spawn(send)];
        Self { redis, here, outgoing, listening, sending, tasks }
    }

    /// Whether other nodes hear what is published now, as far as this one has noticed.
    pub(crate) fn carries(&self) -> bool {
        *self.listening.borrow() && *self.sending.borrow()
    }

    /// Waits a moment for the way to the other nodes.
    async fn others_are_heard(&self) {
        let mut listening = self.listening.clone();
        let _ = timeout(PATIENCE, listening.wait_for(|listening| *listening)).await;
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn check(&self) -> Health {
        let asked = Instant::now();
        self.others_are_heard().await;
        match self.redis.ask::<String>(cmd("PING").arg("here")).await {
            Err(error) => Health::degraded(asked.elapsed(), format!("other nodes are not heard: {error}")),
            Ok(_) if !*self.listening.borrow() => {
                Health::degraded(asked.elapsed(), "other nodes are not heard yet; Redis was away a moment ago")
            }
            Ok(_) => Health::healthy(asked.elapsed()),
        }
    }

    async fn publish(&self, message: BusMessage) -> Result<()> {
        self.outgoing.put(&message, || {
            // it fails when nobody listens, which is no error
            let _ = self.here.send(Told::Message(message.clone()));
        })
    }

    async fn subscribe(&self) -> Result<BusStream> {
        // without Redis it hears this node alone, and is told that it misses something when the others are heard again
        self.others_are_heard().await;
        let heard = |mut receiver: broadcast::Receiver<Told<BusMessage>>| async move {
            let heard = match receiver.recv().await {
                Ok(Told::Message(message)) => Heard::Message(message),
                Ok(Told::Missed(missed)) | Err(RecvError::Lagged(missed)) => Heard::Missed(missed),
                Err(RecvError::Closed) => return None,
            };
            Some((heard, receiver))
        };
        Ok(stream::unfold(self.here.subscribe(), heard).boxed())
    }
}

/// What `fuzz/` drives: messages of a channel, one a line.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    let mut followed = wire::Followed::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(envelope) = serde_json::from_slice::<wire::Envelope<jarvis_core::types::BusMessage>>(line) {
            followed.missing(&envelope);
        }
    }
}
