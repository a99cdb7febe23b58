use jarvis_core::testkit::ScriptedModel;
use serde_json::{Value, json};

use super::{Served, fed, kind};
use crate::support::{UNKNOWN_ID, id_of};

fn resume(message: &str, seen: impl Into<Value>) -> Value {
    json!({"type": "resume", "message_id": message, "last_event_id": seen.into()})
}

#[tokio::test]
async fn an_answer_is_read_on_behind_the_last_byte_on_another_socket() {
    let (feed, script) = fed();
    let served = Served::start_with_model(ScriptedModel::new([script])).await;
    let mut first = served.connect().await;
    let start = first.ask(&json!({"type": "chat_message", "content": "Tell me about bread."})).await;
    let message = id_of(&start, "message_id");
    feed.text("Du blé, ");
    let seen = first.expect("chat_token").await["id"].as_u64().unwrap();
    drop(first);
    feed.text("de l’eau, ");

    let mut second = served.connect().await;
    let again = second.ask(&resume(&message, seen)).await;
    assert_eq!((kind(&again), &again["conversation_id"]), ("chat_start", &start["conversation_id"]));
    feed.text("du sel.");
    feed.end();
    let (mut rest, mut last) = (String::new(), json!({}));
    while kind(&last) != "chat_response" {
        rest.push_str(last["text"].as_str().unwrap_or_default());
        last = second.next().await;
    }
    assert_eq!(format!("Du blé, {rest}"), last["message"]["content"].as_str().unwrap());

    // After its end as before it, from any place, also written as a string.
    for (seen, expected) in
        [(Value::Null, "Du blé, de l’eau, du sel."), (json!("9"), "de l’eau, du sel."), (json!(28), "")]
    {
        second.expect_resumed(&resume(&message, seen), expected, &last).await;
    }
    for (wrong, field) in [
        (resume(&message, 6), "last_event_id"),
        (resume(&message, "x"), "last_event_id"),
        (json!({"type": "resume"}), "message_id"),
    ] {
        assert_eq!(second.ask(&wrong).await["details"]["field"], field, "{wrong}");
    }
    drop(second);
    served.stop().await;
}

impl super::client::Client {
    async fn expect_resumed(&mut self, ask: &Value, expected: &str, whole: &Value) {
        self.send(ask).await;
        let mut text = String::new();
        loop {
            let message = self.next().await;
            match kind(&message) {
                "chat_start" => {}
                "chat_token" => text.push_str(message["text"].as_str().unwrap()),
                _ => {
                    assert_eq!((text.as_str(), &message), (expected, whole), "{ask}");
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_client_cut_off_a_hundred_times_reads_every_byte_once() {
    let (feed, script) = fed();
    let served = Served::start_with_model(ScriptedModel::new([script])).await;
    let mut client = served.connect().await;
    let start = client.ask(&json!({"type": "chat_message", "content": "Count for me."})).await;
    let message = id_of(&start, "message_id");
    let (mut text, mut fed_so_far) = (String::new(), String::new());
    for number in 0..100 {
        // One to three pieces between two cuts, some of which the client has not read when it is cut.
        for part in 0..=number % 3 {
            let piece = format!("{number}.{part} é ");
            fed_so_far.push_str(&piece);
            feed.text(&piece);
        }
        if number % 4 != 0 {
            text.push_str(client.expect("chat_token").await["text"].as_str().unwrap());
        }
        drop(client);
        client = served.connect().await;
        assert_eq!(kind(&client.ask(&resume(&message, text.len())).await), "chat_start");
    }
    feed.end();
    let response = loop {
        let event = client.next().await;
        match kind(&event) {
            "chat_token" => text.push_str(event["text"].as_str().unwrap()),
            _ => break event,
        }
    };
    assert_eq!((text.as_str(), &response["message"]["content"]), (fed_so_far.as_str(), &json!(fed_so_far)));
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_stopped_answer_keeps_what_was_produced() {
    let (feed, script) = fed();
    let served = Served::start_with_model(ScriptedModel::new([script])).await;
    let (mut asks, mut stops) = (served.connect().await, served.connect().await);
    let start = asks.ask(&json!({"type": "chat_message", "content": "Tell me about bread.", "request_id": "a"})).await;
    let message = id_of(&start, "message_id");
    feed.text("It is ");
    asks.expect("chat_token").await;
    let stop = json!({"type": "stop", "message_id": message, "request_id": "s"});
    let stopped = stops.ask(&stop).await;
    assert_eq!(
        stopped,
        json!({"type": "chat_stopped", "message_id": message, "conversation_id": start["conversation_id"], "stopped": true, "request_id": "s"})
    );
    let response = asks.expect("chat_response").await;
    assert_eq!((&response["message"]["content"], &response["finish_reason"]), (&json!("It is "), &json!("stopped")));
    assert_eq!(stops.ask(&stop).await["stopped"], false, "it had ended");
    drop((asks, stops, feed));
    served.stop().await;
}

#[tokio::test]
async fn anothers_answer_is_neither_read_nor_stopped() {
    let served = Served::start_with_model(ScriptedModel::new([])).await;
    let mut ann = served.connect_as("ann").await;
    ann.send(&json!({"type": "chat_message", "content": "hello"})).await;
    let message = id_of(&ann.answer().await.1["message"], "id");
    let mut bob = served.connect_as("bob").await;
    for id in [message.as_str(), UNKNOWN_ID] {
        for ask in [resume(id, 0), json!({"type": "stop", "message_id": id})] {
            let refused = bob.ask(&ask).await;
            assert_eq!((kind(&refused), &refused["code"]), ("error", &json!("not_found")), "{ask}");
            assert_eq!(refused["message_id"], id, "whoever follows several knows which: {ask}");
        }
    }
    drop((ann, bob));
    served.stop().await;
}

#[tokio::test]
async fn an_answer_for_a_user_that_the_message_named_is_found_by_naming_it_again() {
    let (feed, script) = fed();
    let served = Served::start_with_model(ScriptedModel::new([script])).await;
    let (mut asks, mut again) = (served.connect().await, served.connect().await);
    let start = asks.ask(&json!({"type": "chat_message", "content": "hello", "user_id": "ann"})).await;
    let message = id_of(&start, "message_id");
    feed.text("It is ");
    asks.expect("chat_token").await;
    let of = |kind: &str, user: Value| json!({"type": kind, "message_id": message, "user_id": user});
    for kind in ["resume", "stop"] {
        assert_eq!(again.ask(&of(kind, Value::Null)).await["code"], "not_found", "{kind}");
    }
    assert_eq!(kind(&again.ask(&of("resume", json!("ann"))).await), "chat_start");
    again.expect("chat_token").await;
    let mut bob = served.connect_as("bob").await;
    assert_eq!(bob.ask(&of("stop", json!("ann"))).await["details"]["field"], "user_id", "one socket, one user");
    let mut stops = served.connect().await;
    assert_eq!(stops.ask(&of("stop", json!("ann"))).await["stopped"], true);
    assert_eq!(again.expect("chat_response").await["finish_reason"], "stopped");
    drop((asks, again, bob, stops, feed));
    served.stop().await;
}

#[tokio::test]
async fn the_turns_of_a_conversation_are_told_to_who_watches_it() {
    let served = Served::start_with_model(ScriptedModel::new([])).await;
    let (mut asks, mut watches) = (served.connect().await, served.connect().await);
    asks.send(&json!({"type": "chat_message", "content": "one"})).await;
    let conversation = id_of(&asks.answer().await.1, "conversation_id");
    let channel = format!("conversation:{conversation}");
    watches.ask(&json!({"type": "subscribe", "channels": [channel]})).await;
    asks.send(&json!({"type": "chat_message", "content": "two", "conversation_id": conversation})).await;
    asks.answer().await;
    let mut told = Vec::new();
    while told.len() < 2 {
        let event = watches.next().await;
        match kind(&event) {
            "message_created" => told.push(event["message"]["content"].as_str().unwrap().to_owned()),
            other => assert_eq!(other, "conversation_updated"),
        }
    }
    assert_eq!(told, ["two", "ACK::two"]);
    drop((asks, watches));
    served.stop().await;
}
