//! Live events for whoever watches: one task per node hears the bus and hands each event to the subscribers of its
//! channels, and to nobody else.
//!
//! An event only names what changed. It is read from the store once per node, and only when somebody listens; what is
//! read is shared between all who get it. A subscriber has a small box of news that takes no room while it is empty;
//! one that does not take its news misses some and is told how many, and never holds up another.

mod hub;
mod mailbox;
mod registry;

use std::{fmt, str::FromStr, sync::Arc};

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::ConversationId,
    types::{Conversation, Memory, Message},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{HealthReport, HealthReporter, context::Context};
use hub::Hub;
use mailbox::Mailbox;
use registry::Topic;

/// Channels that one subscription may have.
pub const MAX_CHANNELS: usize = 100;

/// Live events.
#[derive(Debug)]
pub struct Live {
    hub: Arc<Hub>,
}

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// All conversations and new memories of the user.
    Conversations,
    /// One conversation and its messages.
    Conversation(ConversationId),
    /// How the server is doing; the same for everybody.
    System,
}

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq)]
pub enum LiveNews {
    /// A conversation began, or its head changed; one that was put into the bin has that status.
    ConversationUpdated(Conversation),
    /// A conversation was erased. It is the last that its own channel tells.
    ConversationErased(ConversationId),
    /// A message was stored.
    MessageCreated(Message),
    /// A memory was made.
    MemoryCreated(Memory),
    /// All that the user had was erased; nothing of what is shown is there any more.
    DataErased,
    /// The verdict on a part of the server changed.
    Status(Arc<HealthReport>),
}

/// The next of a subscription.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Something happened.
    News(Arc<LiveNews>),
    /// So many events, at least, were missed; what is shown should be read again.
    Missed(u64),
}

/// What one subscriber listens to; it ends when dropped.
#[derive(Debug)]
pub struct Subscription {
    hub: Arc<Hub>,
    scope: Scope,
    id: u64,
    mailbox: Arc<Mailbox>,
    channels: Vec<Channel>,
}

impl Live {
    /// Starts hearing the bus.
    pub(crate) fn start(
        context: Context,
        health: Arc<HealthReporter>,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        mailbox::describe();
        let hub = Arc::new(Hub::new(context));
        tracker.spawn(Arc::clone(&hub).follow(stop.clone()));
        tracker.spawn(Arc::clone(&hub).watch_health(health, stop.clone()));
        Self { hub }
    }

    /// A subscription to nothing yet, on behalf of a user.
    pub fn subscribe(&self, scope: &Scope) -> Subscription {
        let hub = Arc::clone(&self.hub);
        let id = hub.registry.next_id();
        Subscription { hub, scope: *scope, id, mailbox: Arc::default(), channels: Vec::new() }
    }
}

impl Subscription {
    /// What is subscribed to, in the order of subscribing.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Adds a channel; everything that happens from now on is heard. Adding it again changes nothing.
    ///
    /// Errors: `NotFound` for a conversation that the user does not have, `Conflict` with code `too_many_channels`.
    pub async fn add(&mut self, channel: Channel) -> Result<()> {
        if self.channels.contains(&channel) {
            return Ok(());
        }
        if self.channels.len() >= MAX_CHANNELS {
            return Err(ErrorKind::Conflict
                .error(format!("a client may subscribe to {MAX_CHANNELS} channels; unsubscribe from some"))
                .with_code("too_many_channels"));
        }
        // Listening comes before looking, so that nothing falls between; nobody else's events have this topic.
        self.channels.push(channel);
        self.hub.registry.add(self.topic(channel), self.id, Arc::clone(&self.mailbox));
        match channel {
            Channel::Conversation(id) => {
                let found = self.hub.conversation(&self.scope, id).await;
                if !matches!(found, Ok(Some(_))) {
                    self.remove(channel);
                }
                found?.map(drop).ok_or_else(|| Error::not_found("conversation"))
            }
            Channel::System => {
                self.hub.wake_health_watch();
                Ok(())
            }
            Channel::Conversations => Ok(()),
        }
    }

    /// Removes a channel. Answers whether it was there. What was heard before is still told.
    pub fn remove(&mut self, channel: Channel) -> bool {
        let Some(place) = self.channels.iter().position(|known| *known == channel) else { return false };
        self.channels.remove(place);
        self.hub.registry.remove(self.topic(channel), self.id);
        true
    }

    /// The next event. Nothing is lost when the future is dropped before it is ready.
    pub async fn next(&mut self) -> Told {
        let told = self.mailbox.next().await;
        if let Told::News(news) = &told
            && let LiveNews::ConversationErased(id) = &**news
        {
            self.channels.retain(|channel| *channel != Channel::Conversation(*id));
        }
        told
    }

    fn topic(&self, channel: Channel) -> Topic {
        match channel {
            Channel::Conversations => Topic::Conversations(self.scope.user()),
            Channel::Conversation(id) => Topic::Conversation(self.scope.user(), id),
            Channel::System => Topic::System,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        for channel in &self.channels {
            self.hub.registry.remove(self.topic(*channel), self.id);
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversations => f.write_str("conversations"),
            Self::Conversation(id) => write!(f, "conversation:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Channel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::invalid("channels", "a channel is conversations, conversation:ID or system");
        match text {
            "conversations" => Ok(Self::Conversations),
            "system" => Ok(Self::System),
            _ => {
                let id = text.strip_prefix("conversation:").ok_or_else(unknown)?;
                id.parse().map(Self::Conversation).map_err(|_| unknown())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_read_as_it_is_written() {
        let id = ConversationId::from(uuid::Uuid::from_u128(7));
        for channel in [Channel::Conversations, Channel::Conversation(id), Channel::System] {
            assert_eq!(channel.to_string().parse::<Channel>().unwrap(), channel);
        }
        for unknown in ["", "Conversations", "conversation", "conversation:", "conversation:7", "messages"] {
            assert_eq!(unknown.parse::<Channel>().unwrap_err().field(), Some("channels"), "{unknown}");
        }
    }
}
