//! What other nodes tell this one.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use jarvis_core::Result;
use redis::aio::{PubSubSink, PubSubStream};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::{
    sync::{broadcast, watch},
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    super::{Redis, failure},
    Told,
    wire::{Envelope, Followed},
};

/// Silence after which it is asked whether the server is still there.
const SILENCE: Duration = Duration::from_secs(2);
/// Pause between attempts to reach Redis.
const PAUSE: Duration = Duration::from_millis(200);

/// Where to hear, and whom to tell.
pub(super) struct Incoming<M> {
    pub(super) redis: Arc<Redis>,
    pub(super) channel: String,
    /// Ourselves, whom we do not tell twice.
    pub(super) from: Uuid,
    pub(super) here: broadcast::Sender<Told<M>>,
    pub(super) listening: watch::Sender<bool>,
}

impl<M: DeserializeOwned + Clone + Send> Incoming<M> {
    /// Hears for as long as it runs.
    pub(super) async fn hear(self) {
        let mut was_there = false;
        loop {
            match self.subscribe().await {
                Ok((sink, stream)) => {
                    // before anybody relies on being told: what was said meanwhile is lost, and nobody knows how much
                    if was_there {
                        self.tell(Told::Missed(1));
                    }
                    was_there = true;
                    self.listening.send_replace(true);
                    self.follow(sink, stream).await;
                    self.listening.send_replace(false);
                    // what came between is missed by now
                    self.tell(Told::Missed(1));
                }
                Err(error) => {
                    tracing::debug!(?error, "this node does not hear what happens on others");
                    // somebody may have subscribed at the start, when Redis was not there
                    was_there = true;
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn subscribe(&self) -> Result<(PubSubSink, PubSubStream)> {
        let client = self.redis.client().await?;
        let wait = self.redis.command_timeout();
        let opened = timeout(wait * 2, client.get_async_pubsub()).await;
        let (mut sink, stream) = opened.map_err(|_| failure::slow())?.map_err(failure::error)?.split();
        let subscribed = timeout(wait, sink.subscribe(&self.channel)).await;
        subscribed.map_err(|_| failure::slow())?.map_err(failure::error)?;
        Ok((sink, stream))
    }

    /// Until the connection ends.
    async fn follow(&self, mut sink: PubSubSink, mut stream: PubSubStream) {
        let mut followed = Followed::default();
        loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(Some(message)) => self.read(message.get_payload_bytes(), &mut followed),
                Ok(None) => return,
                Err(_) => {
                    let asked = timeout(self.redis.command_timeout(), sink.ping::<redis::Value>()).await;
                    if !asked.is_ok_and(|answer| answer.is_ok()) {
                        return;
                    }
                }
            }
        }
    }

    fn read(&self, text: &[u8], followed: &mut Followed) {
        let envelope: Envelope<&RawValue> = match serde_json::from_slice(text) {
            Ok(envelope) => envelope,
            Err(error) => return tracing::warn!(?error, "something else speaks on the channel of the bus"),
        };
        if envelope.from == self.from {
            return;
        }
        let missing = followed.missing(&envelope);
        if missing > 0 {
            self.tell(Told::Missed(missing));
        }
        match envelope.message.map(|message| serde_json::from_str(message.get())) {
            Some(Ok(message)) => self.tell(Told::Message(message)),
            // a newer node may say what this one does not know
            Some(Err(error)) => tracing::debug!(?error, "a message of another node was not understood"),
            None => {}
        }
    }

    fn tell(&self, told: Told<M>) {
        // it fails when nobody listens, which is no error
        let _ = self.here.send(told);
    }
}
