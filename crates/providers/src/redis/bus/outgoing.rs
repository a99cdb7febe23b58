//! What this node tells the others.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jarvis_core::{Error, Result};
use redis::{aio::MultiplexedConnection, pipe};
use serde::Serialize;
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    super::{Redis, failure},
    wire::Envelope,
};

/// Messages that wait for Redis; with more, the others are told how many they missed.
const WAITING: usize = 4_096;
/// Messages that go out together.
const TOGETHER: usize = 128;
/// Pause between attempts to reach Redis.
const PAUSE: Duration = Duration::from_millis(200);

/// Where messages wait to be sent, in their order.
#[derive(Debug)]
pub(super) struct Outgoing {
    from: Uuid,
    queue: Mutex<Queue>,
}

#[derive(Debug)]
struct Queue {
    number: u64,
    sender: mpsc::Sender<(u64, String)>,
}

impl Outgoing {
    pub(super) fn new(from: Uuid) -> (Self, mpsc::Receiver<(u64, String)>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self { from, queue: Mutex::new(Queue { number: 0, sender }) }, receiver)
    }

    /// Lets a message follow those before it; `beside` happens in the same order. Never waits.
    pub(super) fn put<M: Serialize>(&self, message: &M, beside: impl FnOnce()) -> Result<()> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.number += 1;
        let (from, number) = (self.from, queue.number);
        let text =
            serde_json::to_string(&Envelope { from, number, message: Some(message) }).map_err(Error::internal)?;
        beside();
        // when there is no room, the next one's number tells that this one is missing
        let _ = queue.sender.try_send((number, text));
        Ok(())
    }
}

/// Sends what waits until nobody can put anything any more. `sends` tells whether it works.
pub(super) async fn send(
    redis: Arc<Redis>,
    channel: String,
    from: Uuid,
    mut waiting: mpsc::Receiver<(u64, String)>,
    sends: watch::Sender<bool>,
) {
    let mut connection = None;
    let mut together = Vec::with_capacity(TOGETHER);
    // the number of the last message that may not have reached everybody
    let mut unsure = None;
    loop {
        let pause = if unsure.is_some() { PAUSE } else { Duration::MAX };
        if timeout(pause, waiting.recv_many(&mut together, TOGETHER)).await == Ok(0) {
            return;
        }
        let last = together.last().map(|(number, _)| *number).or(unsure);
        let mut texts: Vec<String> = together.drain(..).map(|(_, text)| text).collect();
        if let Some(number) = unsure {
            let news = Envelope::<()> { from, number, message: None };
            texts.insert(0, serde_json::to_string(&news).unwrap_or_default());
        }
        unsure = match publish(&redis, &mut connection, &channel, &texts).await {
            Ok(()) => {
                sends.send_replace(true);
                None
            }
            Err(error) => {
                sends.send_replace(false);
                tracing::debug!(?error, "other nodes do not hear what happens here");
                connection = None;
                sleep(PAUSE).await;
                last
            }
        };
    }
}

/// On a connection of its own to one server: over several, messages would overtake each other.
async fn publish(
    redis: &Arc<Redis>,
    connection: &mut Option<MultiplexedConnection>,
    channel: &str,
    texts: &[String],
) -> Result<()> {
    let connection = match connection {
        Some(connection) => connection,
        none => {
            let client = redis.client().await?;
            let opened = client.get_multiplexed_async_connection_with_config(&redis.patience()).await;
            none.insert(opened.map_err(failure::error)?)
        }
    };
    let mut all = pipe();
    for text in texts {
        all.cmd("PUBLISH").arg(channel).arg(text).ignore();
    }
    all.query_async(connection).await.map_err(failure::error)
}
