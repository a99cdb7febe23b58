use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{ConversationId, MessageId},
    ports::{Bus, BusStream, Health, LanguageModel, ModelInfo, ModelRequest, ModelStream},
    testkit::ScriptedModel,
    types::{BusMessage, ConversationPatch, ConversationStatus, LiveChange, LiveEvent},
};
use jarvis_engine::{Channel, EngineOptions, LiveNews, MAX_CHANNELS, Subscription, Told};

use jarvis_providers::bus::InProcessBus;

use super::TestEngine;

const NEVER: &str = "00000000-0000-7000-8000-ffffffffffff";

/// The next news, in short.
async fn next(subscription: &mut Subscription) -> String {
    let told = tokio::time::timeout(Duration::from_secs(20), subscription.next()).await.expect("news");
    match told {
        Told::Missed(events) => format!("missed {events}"),
        Told::News(news) => match &*news {
            LiveNews::ConversationUpdated(head) => format!("updated {} {:?}", head.title, head.status),
            LiveNews::ConversationErased(id) => format!("erased {id}"),
            LiveNews::MessageCreated(message) => format!("message {}", message.content),
            LiveNews::MemoryCreated(memory) => format!("memory {}", memory.content),
            LiveNews::DataErased => "all erased".to_owned(),
            LiveNews::Status(report) => format!("status {:?}", report.status),
        },
    }
}

impl TestEngine {
    async fn listening(&self, scope: &Scope, channels: impl IntoIterator<Item = Channel>) -> Subscription {
        let mut subscription = self.engine.live.subscribe(scope);
        for channel in channels {
            subscription.add(channel).await.expect("a channel");
        }
        subscription
    }

    async fn rename(&self, id: ConversationId, title: &str) {
        let patch = ConversationPatch { title: Some(title.to_owned()), ..ConversationPatch::default() };
        self.engine.conversations.update(self.scope, id, patch).await.expect("a conversation");
    }

    async fn tell(&self, scope: &Scope, change: LiveChange) {
        self.bus.publish(LiveEvent { user_id: scope.user(), change }.into()).await.expect("a bus");
    }
}

#[tokio::test]
async fn events_come_in_order_and_only_to_their_user() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let conversation = test.say("My dog is called Rex.", None).await.conversation_id;
    let bob = test.engine.users.local(Some("bob")).await.unwrap();
    let mut ours = test.listening(&test.scope, [Channel::Conversations]).await;
    let mut theirs = test.listening(&bob, [Channel::Conversations]).await;
    test.rename(conversation, "Rex").await;
    test.remember(test.scope, "plum jam").await;
    let patch = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    test.engine.conversations.update(test.scope, conversation, patch).await.unwrap();
    test.engine.conversations.erase(test.scope, conversation).await.unwrap();
    test.remember(bob, "bob's own").await;
    assert_eq!(next(&mut ours).await, "updated Rex Open");
    assert_eq!(next(&mut ours).await, "memory plum jam");
    assert_eq!(next(&mut ours).await, "updated Rex Deleted");
    assert_eq!(next(&mut ours).await, format!("erased {conversation}"));
    assert_eq!(next(&mut theirs).await, "memory bob's own");
    test.stop().await;
}

#[tokio::test]
async fn a_channel_of_a_conversation_tells_its_messages_and_ends_with_it() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let mut early = test.listening(&test.scope, [Channel::Conversations]).await;
    let told = test.say("My dog is called Rex.", None).await;
    let other = test.say("My cat is called Tom.", None).await;
    // told last of all
    while next(&mut early).await != "memory My cat is called Tom." {}
    let channel = Channel::Conversation(told.conversation_id);
    let mut watching = test.listening(&test.scope, [channel, Channel::Conversations]).await;
    let mut only_this = test.listening(&test.scope, [channel]).await;
    let created = |conversation_id, message_id| LiveChange::MessageCreated { conversation_id, message_id };
    test.tell(&test.scope, created(other.conversation_id, other.id)).await;
    test.tell(&test.scope, created(told.conversation_id, NEVER.parse::<MessageId>().unwrap())).await;
    test.tell(&test.scope, created(told.conversation_id, told.id)).await;
    test.rename(other.conversation_id, "Tom").await;
    test.rename(told.conversation_id, "Rex").await;
    test.engine.conversations.erase(test.scope, told.conversation_id).await.unwrap();
    let erased = format!("erased {}", told.conversation_id);
    let message = "message ACK::My dog is called Rex.";
    for expected in [message, "updated Tom Open", "updated Rex Open", &erased] {
        assert_eq!(next(&mut watching).await, expected, "each event once, though two channels tell it");
    }
    for expected in [message, "updated Rex Open", &erased] {
        assert_eq!(next(&mut only_this).await, expected);
    }
    assert_eq!(watching.channels(), [Channel::Conversations]);
    assert_eq!(only_this.channels(), []);
    let gone = only_this.add(channel).await.map_err(|error| error.code());
    assert_eq!((gone, only_this.channels().len()), (Err("not_found"), 0));
    test.stop().await;
}

#[tokio::test]
async fn anothers_conversation_cannot_be_listened_to() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let told = test.say("My dog is called Rex.", None).await;
    let bob = test.engine.users.local(Some("bob")).await.unwrap();
    let mut subscription = test.engine.live.subscribe(&bob);
    let refused = subscription.add(Channel::Conversation(told.conversation_id)).await.unwrap_err();
    assert_eq!((refused.code(), subscription.channels().len()), ("not_found", 0));
    // An event that names another's row under one's own user shows nothing.
    subscription.add(Channel::Conversations).await.unwrap();
    test.tell(&bob, LiveChange::ConversationUpdated { conversation_id: told.conversation_id }).await;
    test.remember(bob, "bob's own").await;
    assert_eq!(next(&mut subscription).await, "memory bob's own");
    test.stop().await;
}

#[tokio::test]
async fn one_who_takes_nothing_misses_events_and_holds_up_nobody() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let mut slow = test.listening(&test.scope, [Channel::Conversations]).await;
    let mut quick = test.listening(&test.scope, [Channel::Conversations]).await;
    for number in 0..200 {
        test.remember(test.scope, &format!("fact {number}")).await;
        assert_eq!(next(&mut quick).await, format!("memory fact {number}"));
    }
    assert_eq!(next(&mut slow).await, "missed 128");
    assert_eq!(next(&mut slow).await, "memory fact 128");
    test.stop().await;
}

#[tokio::test]
async fn an_import_tells_each_conversation_it_touched_once() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let mut listening = test.listening(&test.scope, [Channel::Conversations]).await;
    let file = [
        r#"{"type":"conversation","id":"a","title":"A"}"#,
        r#"{"type":"message","conversation_id":"a","role":"user","content":"one"}"#,
        r#"{"type":"message","conversation_id":"a","role":"user","content":"two"}"#,
        r#"{"type":"memory","content":"plum jam"}"#,
    ]
    .join("\n");
    let import = async |file: String| {
        let chunks = futures_util::stream::iter([Ok::<_, Error>(file.into_bytes())]);
        test.engine.import.take(test.scope, None, chunks).await.unwrap();
    };
    import(file.clone()).await;
    import(file).await;
    test.remember(test.scope, "the end").await;
    for expected in ["updated A Open", "memory plum jam", "memory the end"] {
        assert_eq!(next(&mut listening).await, expected);
    }
    test.stop().await;
}

#[tokio::test]
async fn channels_are_left_and_bounded() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let told = test.say("My dog is called Rex.", None).await;
    let mut subscription = test.listening(&test.scope, [Channel::Conversations, Channel::System]).await;
    assert!(subscription.remove(Channel::Conversations) && !subscription.remove(Channel::Conversations));
    test.remember(test.scope, "not for us").await;
    subscription.add(Channel::Conversation(told.conversation_id)).await.unwrap();
    test.rename(told.conversation_id, "Rex").await;
    assert_eq!(next(&mut subscription).await, "updated Rex Open");

    let mut many = test.engine.live.subscribe(&test.scope);
    let mut conversations = Vec::new();
    for number in 0..=MAX_CHANNELS {
        conversations.push(test.say(&format!("Number {number}."), None).await.conversation_id);
    }
    let (last, fitting) = conversations.split_last().unwrap();
    for id in fitting {
        many.add(Channel::Conversation(*id)).await.unwrap();
    }
    assert_eq!(many.add(Channel::Conversation(*last)).await.unwrap_err().code(), "too_many_channels");
    drop((many, subscription));
    test.stop().await;
}

#[tokio::test]
async fn a_subscription_may_be_dropped_at_any_time() {
    let test = TestEngine::start(ScriptedModel::new([])).await;
    let mut stays = test.listening(&test.scope, [Channel::Conversations]).await;
    let leaves = test.listening(&test.scope, [Channel::Conversations]).await;
    test.remember(test.scope, "one").await;
    drop(leaves);
    test.remember(test.scope, "two").await;
    assert_eq!(next(&mut stays).await, "memory one");
    assert_eq!(next(&mut stays).await, "memory two");
    test.stop().await;
}

/// A model that is well or not.
#[derive(Debug, Default)]
struct Moody {
    ill: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl LanguageModel for Moody {
    async fn check(&self) -> Health {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.ill.load(Ordering::SeqCst) {
            Health::unhealthy(Duration::ZERO, "not in the mood")
        } else {
            Health::healthy(Duration::ZERO)
        }
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(Vec::new())
    }

    async fn complete(&self, _: ModelRequest) -> Result<ModelStream> {
        Err(ErrorKind::Unavailable.error("not in the mood"))
    }
}

#[tokio::test]
async fn a_change_of_health_is_told_to_who_watches_and_nothing_is_asked_without_them() {
    let model = Arc::new(Moody::default());
    let options = EngineOptions { watch_health_every: Duration::from_millis(5), ..EngineOptions::default() };
    let test = TestEngine::start_with(model.clone(), options).await;
    let mut other = test.listening(&test.scope, [Channel::Conversations]).await;
    test.remember(test.scope, "plum jam").await;
    assert_eq!(next(&mut other).await, "memory plum jam");
    assert_eq!(model.asked.load(Ordering::SeqCst), 0);
    let mut watching = test.listening(&test.scope, [Channel::System]).await;
    while model.asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    for (ill, expected) in [(true, "status Degraded"), (false, "status Healthy")] {
        model.ill.store(ill, Ordering::SeqCst);
        assert_eq!(next(&mut watching).await, expected);
    }
    drop((watching, other));
    test.stop().await;
}

/// A bus that cannot be heard at first and breaks off after one event.
#[derive(Debug)]
struct Shaky {
    bus: Arc<InProcessBus>,
    subscribed: AtomicUsize,
}

#[async_trait]
impl Bus for Shaky {
    async fn check(&self) -> Health {
        self.bus.check().await
    }

    async fn publish(&self, message: BusMessage) -> Result<()> {
        self.bus.publish(message).await
    }

    async fn subscribe(&self) -> Result<BusStream> {
        let heard = self.bus.subscribe().await?;
        match self.subscribed.fetch_add(1, Ordering::SeqCst) {
            0 => Err(ErrorKind::Unavailable.error("the bus is down")),
            1 => Ok(heard.take(1).chain(stream::empty()).boxed()),
            _ => Ok(heard),
        }
    }
}

#[tokio::test]
async fn a_bus_that_goes_away_is_heard_again_and_the_gap_is_told() {
    let bus = Arc::new(Shaky { bus: InProcessBus::new(), subscribed: AtomicUsize::new(0) });
    let test = TestEngine::start_on(bus.clone()).await;
    let mut listening = test.listening(&test.scope, [Channel::Conversations]).await;
    assert_eq!(next(&mut listening).await, "missed 1", "from before it could be heard");
    test.remember(test.scope, "one").await;
    assert_eq!(next(&mut listening).await, "memory one");
    assert_eq!(next(&mut listening).await, "missed 1");
    test.remember(test.scope, "two").await;
    assert_eq!(next(&mut listening).await, "memory two");
    test.stop().await;
}
