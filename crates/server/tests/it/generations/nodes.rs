//! Two nodes over one store: what one of them produces is read, found and stopped on the other, also over a bus that loses
//! messages.

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    ports::{Bus, LanguageModel},
    testkit::{Feed, LossyBus, Script, ScriptedModel},
    types::NodeId,
};
use jarvis_engine::NodeOptions;
use jarvis_host::Shared;
use serde_json::{Value, json};

use super::{Event, Reading, names, resume, resuming, saying, stop, text};
use crate::support::{TestApp, UNKNOWN_ID, id_of, with_json};

/// Who has the store, and two nodes that share it.
struct Pair {
    one: TestApp,
    two: TestApp,
    lossy: Arc<LossyBus>,
    base: TestApp,
}

fn options(node: &str) -> NodeOptions {
    NodeOptions {
        node: node.parse::<NodeId>().unwrap(),
        is_shared: true,
        heartbeat_every: Duration::from_millis(50),
        grace: Duration::from_secs(20),
        patience: Duration::from_millis(200),
    }
}

impl Pair {
    /// The first node has a model that does as it is told.
    async fn start(scripts: impl IntoIterator<Item = Script>, is_lossy: bool) -> Self {
        let base = TestApp::start().await;
        let shared = Shared::in_process(base.store());
        let lossy = LossyBus::new(Arc::clone(&shared.bus));
        let bus: Arc<dyn Bus> = if is_lossy { lossy.clone() } else { Arc::clone(&shared.bus) };
        let node = async |name, model: Arc<dyn LanguageModel>| {
            let shared = Shared { bus: Arc::clone(&bus), nodes: options(name), ..shared.clone() };
            TestApp::start_sharing(shared, model).await
        };
        let one = node("one", ScriptedModel::new(scripts)).await;
        let two = node("two", ScriptedModel::new([])).await;
        Self { one, two, lossy, base }
    }

    async fn stop(self) {
        self.one.stop().await;
        self.two.stop().await;
        self.base.stop().await;
    }
}

/// What is the same however the text was cut into pieces: all but the pieces, and the whole text.
fn gist(events: &[Event]) -> (Vec<Event>, String) {
    let mut bytes = 0;
    for event in events {
        if let Some(piece) = event.data["text"].as_str() {
            bytes += piece.len();
            assert_eq!(event.id, bytes, "an id is the number of bytes so far");
        }
    }
    (events.iter().filter(|event| event.name != "token").cloned().collect(), text(events))
}

async fn a_stream_is_the_same_on_both_nodes(is_lossy: bool) {
    let (feed, script) = Feed::new();
    let nodes = Pair::start([script], is_lossy).await;
    let mut here = Reading::start(&nodes.one, saying(&json!({"message": "sing", "stream": true}))).await;
    feed.say("déjà ");
    let start = here.until("token").await[0].data.clone();
    let id = id_of(&start, "message_id");

    let mut there = Reading::start(&nodes.two, resuming(&id, None)).await;
    let mut behind = Reading::start(&nodes.two, resuming(&id, Some("7"))).await;
    assert_eq!(text(&there.until("token").await), "déjà ");
    for refused in ["2", "9"] {
        let answers =
            [nodes.one.send(resuming(&id, Some(refused))).await, nodes.two.send(resuming(&id, Some(refused))).await];
        assert_eq!(answers[0].failure(), answers[1].failure(), "{refused}");
        assert_eq!(answers[1].status, 422);
    }
    let long = "vu \"quoted\"\n\u{1f600} ".repeat(4_000);
    for piece in long.as_bytes().chunks(1 << 14).map(String::from_utf8_lossy) {
        feed.say(&piece);
    }
    feed.end();
    let (here, there, behind) = (here.until("done").await, there.until("done").await, behind.until("done").await);
    assert_eq!(gist(&here), gist(&there));
    assert!(text(&here).len() > 50_000);
    assert_eq!(format!("déjà {}", text(&behind)), text(&here));
    assert_eq!(behind.last(), here.last());

    for minutes in [0, 11] {
        nodes.one.clock.advance(Duration::from_mins(minutes));
        let (one, two) = (resume(&nodes.one, &id, None).await, resume(&nodes.two, &id, None).await);
        assert_eq!((gist(&one), gist(&two)), (gist(&here), gist(&here)), "after its end, {minutes}");
        let (one, two) = (resume(&nodes.one, &id, Some("7")).await, resume(&nodes.two, &id, Some("7")).await);
        assert_eq!((one.last(), text(&one)), (two.last(), text(&two)));
    }
    assert_eq!(nodes.lossy.lost() > 0, is_lossy);
    nodes.stop().await;
}

#[tokio::test]
async fn an_answer_is_read_on_another_node_as_on_its_own() {
    a_stream_is_the_same_on_both_nodes(false).await;
}

#[tokio::test]
async fn an_answer_is_read_on_another_node_though_messages_are_lost() {
    a_stream_is_the_same_on_both_nodes(true).await;
}

async fn an_answer_is_stopped_elsewhere(is_lossy: bool) {
    let (feed, script) = Feed::new();
    let nodes = Pair::start([script], is_lossy).await;
    let mut reading = Reading::start(&nodes.one, saying(&json!({"message": "count", "stream": true}))).await;
    feed.say("one, two, ");
    let start = reading.until("token").await[0].data.clone();
    let id = id_of(&start, "message_id");
    for node in [&nodes.one, &nodes.two] {
        assert_eq!(node.get("/api/chat/running").await.json(), json!({"running": [start]}));
        assert_eq!(node.get("/api/chat/running?user_id=ann").await.json(), json!({"running": []}));
    }
    let foreign = with_json(axum::http::Method::POST, &format!("/api/chat/stop/{id}?user_id=bob"), &json!({}));
    assert_eq!(nodes.two.send(foreign).await.failure().0, 404);
    assert_eq!(nodes.two.send(resuming(UNKNOWN_ID, None)).await.failure().0, 404);

    let stopped = stop(&nodes.two, &id).await.json();
    feed.abandoned().await;
    assert_eq!((&stopped["stopped"], &stopped["content"]), (&json!(true), &json!("one, two, ")));
    let done = reading.until("done").await.pop().unwrap().data;
    assert_eq!((&done["content"], &done["finish_reason"]), (&json!("one, two, "), &json!("stopped")));
    let late = stop(&nodes.two, &id).await.json();
    assert_eq!((&late["stopped"], &late["content"]), (&json!(false), &json!("one, two, ")));
    for node in [&nodes.one, &nodes.two] {
        assert_eq!(node.get("/api/chat/running").await.json(), json!({"running": []}));
    }
    nodes.stop().await;
}

#[tokio::test]
async fn an_answer_is_found_and_stopped_from_another_node() {
    an_answer_is_stopped_elsewhere(false).await;
}

#[tokio::test]
async fn an_answer_is_stopped_from_another_node_though_messages_are_lost() {
    an_answer_is_stopped_elsewhere(true).await;
}

#[tokio::test]
async fn a_conversation_has_one_answer_at_a_time_on_all_nodes_and_a_repetition_reads_along() {
    let (feed, script) = Feed::new();
    let nodes = Pair::start([script], false).await;
    let keyed = |streamed: bool| {
        let mut sent = saying(&json!({"message": "slowly"}));
        sent.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        if streamed {
            sent.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        }
        sent
    };
    let mut first = Reading::start(&nodes.one, keyed(true)).await;
    feed.say("as");
    let begun = first.until("token").await;
    let conversation = id_of(&begun[0].data, "conversation_id");
    let refused = nodes.two.post("/api/chat", &json!({"message": "me too", "conversation_id": conversation})).await;
    assert_eq!(refused.failure(), (409, "generation_running".to_owned(), None));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let said = id_of(&begun[0].data, "user_message_id");
    let again = nodes.two.post(&format!("/api/chat/regenerate/{said}"), &json!({})).await;
    assert_eq!(again.failure().1, "generation_running");
    assert_eq!(nodes.two.send(keyed(false)).await.failure().1, "idempotency_running");
    let mut second = Reading::start(&nodes.two, keyed(true)).await;
    assert!(second.replayed);
    assert_eq!(gist(&second.until("token").await), gist(&begun));
    feed.end();
    let (here, there) = (first.until("done").await, second.until("done").await);
    assert_eq!(gist(&here), gist(&there));
    nodes.two.say("and on", Some(&conversation)).await;
    let history = nodes.one.get(&format!("/api/chat/history/{conversation}")).await.json();
    let told: Vec<&Value> = history["messages"].as_array().unwrap().iter().map(|row| &row["content"]).collect();
    assert_eq!(told, ["slowly", "as", "and on", "ACK::and on"]);
    nodes.stop().await;
}

#[tokio::test]
async fn an_answer_that_fails_fails_with_the_same_words_everywhere() {
    let (feed, script) = Feed::new();
    let nodes = Pair::start([script], false).await;
    let mut here = Reading::start(&nodes.one, saying(&json!({"message": "tell me", "stream": true}))).await;
    feed.say("half ");
    let id = id_of(&here.until("token").await[0].data, "message_id");
    let mut there = Reading::start(&nodes.two, resuming(&id, None)).await;
    there.until("token").await;
    drop(feed);
    let (here, there) = (here.until("error").await, there.until("error").await);
    assert_eq!(gist(&here), gist(&there));
    let row = resume(&nodes.two, &id, Some("5")).await;
    assert_eq!((names(&row), &row[0].data["error"]["code"]), (vec!["error"], &json!("interrupted")));
    nodes.stop().await;
}
