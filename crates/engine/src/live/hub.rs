use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use jarvis_core::{
    Result, Scope,
    id::ConversationId,
    ports::{BusStream, HealthStatus, Heard},
    types::{BusMessage, Conversation, LiveChange, LiveEvent},
};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    LiveNews,
    registry::{Registry, Topic},
};
use crate::{HealthReport, HealthReporter, context::Context};

/// Pause before a bus that could not be heard is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What carries events from the bus to those who listen.
#[derive(Debug)]
pub(super) struct Hub {
    context: Context,
    pub(super) registry: Registry,
    health_wanted: Notify,
}

impl Hub {
    pub(super) fn new(context: Context) -> Self {
        Self { context, registry: Registry::default(), health_wanted: Notify::new() }
    }

    /// A conversation's head, if it is the scope's.
    pub(super) async fn conversation(&self, scope: &Scope, id: ConversationId) -> Result<Option<Conversation>> {
        self.context.ports.store.conversations().get(scope, id).await
    }

    /// Somebody wants to know how the server is doing.
    pub(super) fn wake_health_watch(&self) {
        self.health_wanted.notify_one();
    }

    /// Hears the bus until `stop`. A bus that goes away is tried again; what happened meanwhile counts as missed.
    pub(super) async fn follow(self: Arc<Self>, stop: CancellationToken) {
        while let Some(subscribed) = stop.run_until_cancelled(self.context.ports.bus.subscribe()).await {
            match subscribed {
                Ok(stream) => {
                    self.miss(1);
                    stop.run_until_cancelled(self.hear(stream)).await;
                }
                Err(error) => tracing::warn!(?error, "the bus cannot be heard; trying again"),
            }
            stop.run_until_cancelled(sleep(RETRY)).await;
        }
    }

    async fn hear(&self, mut stream: BusStream) {
        while let Some(heard) = stream.next().await {
            match heard {
                Heard::Message(BusMessage::Live(event)) => self.tell(event).await,
                Heard::Message(_) => {}
                Heard::Missed(events) => self.miss(events),
            }
        }
    }

    fn miss(&self, events: u64) {
        for mailbox in self.registry.everybody() {
            mailbox.miss(events);
        }
    }

    async fn tell(&self, LiveEvent { user_id: user, change }: LiveEvent) {
        let topics: &[Topic] = match change {
            LiveChange::ConversationUpdated { conversation_id }
            | LiveChange::ConversationErased { conversation_id } => {
                &[Topic::Conversations(user), Topic::Conversation(user, conversation_id)]
            }
            LiveChange::MessageCreated { conversation_id, .. } => &[Topic::Conversation(user, conversation_id)],
            LiveChange::MemoryCreated { .. } | LiveChange::DataErased {} => &[Topic::Conversations(user)],
        };
        let listeners = self.registry.listeners_of(topics);
        if listeners.is_empty() {
            return;
        }
        match self.read(&Scope::of(user), change).await {
            Ok(Some(news)) => {
                let news = Arc::new(news);
                for listener in listeners {
                    listener.put(Arc::clone(&news));
                }
            }
            // It is gone again: its end is an event of its own.
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(?error, "what changed could not be read for those who watch");
                for listener in listeners {
                    listener.miss(1);
                }
            }
        }
        if let LiveChange::ConversationErased { conversation_id } = change {
            self.registry.close(Topic::Conversation(user, conversation_id));
        }
    }

    /// What changed, as it is now; none when it is gone or not to be seen.
    async fn read(&self, scope: &Scope, change: LiveChange) -> Result<Option<LiveNews>> {
        let store = &self.context.ports.store;
        Ok(match change {
            LiveChange::ConversationUpdated { conversation_id } => {
                self.conversation(scope, conversation_id).await?.map(LiveNews::ConversationUpdated)
            }
            LiveChange::ConversationErased { conversation_id } => Some(LiveNews::ConversationErased(conversation_id)),
            LiveChange::DataErased {} => Some(LiveNews::DataErased),
            LiveChange::MessageCreated { message_id, .. } => {
                store.messages().hydrate(scope, &[message_id]).await?.pop().map(LiveNews::MessageCreated)
            }
            LiveChange::MemoryCreated { memory_id } => {
                let now = self.context.now();
                store.memories().hydrate(scope, &[memory_id], now).await?.pop().map(LiveNews::MemoryCreated)
            }
        })
    }

    /// Tells when the verdict on a part changes; asks nothing while nobody wants to know.
    pub(super) async fn watch_health(self: Arc<Self>, health: Arc<HealthReporter>, stop: CancellationToken) {
        while stop.run_until_cancelled(self.health_wanted.notified()).await.is_some() {
            let mut told = verdicts(&*health.report().await);
            while self.registry.is_heard(Topic::System) {
                if stop.run_until_cancelled(sleep(self.context.options.watch_health_every)).await.is_none() {
                    return;
                }
                let report = health.report().await;
                let now = verdicts(&report);
                if now == told {
                    continue;
                }
                told = now;
                let news = Arc::new(LiveNews::Status(report));
                for listener in self.registry.listeners_of(&[Topic::System]) {
                    listener.put(Arc::clone(&news));
                }
            }
        }
    }
}

fn verdicts(report: &HealthReport) -> Vec<(&'static str, HealthStatus)> {
    report.services.iter().map(|service| (service.name, service.health.status)).collect()
}
