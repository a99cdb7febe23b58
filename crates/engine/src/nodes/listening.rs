//! What a node does when others tell it something.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use jarvis_core::{
    Scope,
    id::UserId,
    ports::{BusStream, Heard},
    types::{BusMessage, LiveChange, NodeId, Question},
};
use moka::sync::Cache;
use tokio::{sync::Semaphore, time::sleep};

use crate::{chat, context::Context};

/// Pause before a bus that could not be heard is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Questions answered at once; others are asked again.
const ANSWERED_AT_ONCE: usize = 1_024;

/// Hears what other nodes say.
pub(crate) struct Listener {
    context: Context,
    names: Cache<String, UserId>,
    places: Arc<Semaphore>,
}

impl Listener {
    pub(crate) fn new(context: Context, names: Cache<String, UserId>) -> Self {
        Self { context, names, places: Arc::new(Semaphore::new(ANSWERED_AT_ONCE)) }
    }

    /// Listens until the engine stops and its last answer has ended: until then others may read on in it.
    pub(crate) async fn run(self) {
        if !self.context.nodes.is_shared {
            return;
        }
        let mut over = std::pin::pin!(self.context.over());
        loop {
            let heard = async {
                match self.context.ports.bus.subscribe().await {
                    Ok(stream) => self.hear(stream).await,
                    Err(error) => tracing::warn!(?error, "other nodes cannot be heard; trying again"),
                }
                sleep(RETRY).await;
            };
            tokio::select! {
                biased;
                () = &mut over => return,
                () = heard => {}
            }
        }
    }

    async fn hear(&self, mut stream: BusStream) {
        // what was said before nobody heard
        self.missed();
        while let Some(heard) = stream.next().await {
            match heard {
                Heard::Message(message) => self.take(message),
                Heard::Missed(_) => self.missed(),
            }
        }
    }

    fn forget_people(&self) {
        self.names.invalidate_all();
        self.context.gate.forget();
    }

    fn missed(&self) {
        self.forget_people();
        self.context.indexes.changed();
        self.context.nodes.beat_soon();
    }

    fn take(&self, message: BusMessage) {
        let own = &self.context.nodes.own;
        match message {
            BusMessage::Ask { to, from, id, question } if to == *own => self.answer(from, id, question),
            BusMessage::Reply { to, id, reply } if to == *own => self.context.nodes.asked.take(id, reply),
            BusMessage::Wrote { from } if from != *own => self.context.indexes.changed(),
            BusMessage::Forget { from, .. } if from != *own => self.forget_people(),
            BusMessage::Erasing { from, user_id } if from != *own => self.erasing(user_id),
            BusMessage::Live(event) => {
                if let LiveChange::ConversationErased { conversation_id } = event.change {
                    self.context.registry.forget(&Scope::of(event.user_id), conversation_id);
                }
            }
            BusMessage::Ask { .. }
            | BusMessage::Reply { .. }
            | BusMessage::Wrote { .. }
            | BusMessage::Forget { .. }
            | BusMessage::Erasing { .. } => {}
        }
    }

    /// Said several times on the way of one erasure; each time is as good as the first.
    fn erasing(&self, user: UserId) {
        self.context.registry.stop_now(user);
        self.context.registry.forget_all(user);
        self.context.vectors.forget_questions();
        self.forget_people();
        self.context.indexes.changed();
        self.context.nodes.beat_soon();
    }

    fn answer(&self, from: NodeId, id: u64, question: Question) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let context = self.context.clone();
        self.context.spawn(async move {
            chat::answer_question(&context, &from, id, question).await;
            drop(place);
        });
    }
}
