//! Coming back to an answer, stopping it, answering again.

mod nodes;

use axum::{
    body::{Body, BodyDataStream},
    http::{Method, Request},
};
use futures_util::StreamExt;
use jarvis_core::testkit::{Feed, Script, ScriptedModel};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, TestApp, UNKNOWN_ID, id_of, request, with_json};

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    name: String,
    id: usize,
    pub(crate) data: Value,
}

fn events(text: &str) -> Vec<Event> {
    let parse = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
        let (name, id, data) = (field("event:")?, field("id:")?, field("data:")?);
        Some(Event { name: name.to_owned(), id: id.parse().unwrap(), data: serde_json::from_str(data).unwrap() })
    };
    text.split("\n\n").filter_map(parse).collect()
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

fn text(events: &[Event]) -> String {
    events.iter().filter_map(|event| event.data["text"].as_str()).collect()
}

/// A stream that is read as far as a test wants.
pub(crate) struct Reading {
    replayed: bool,
    body: BodyDataStream,
    taken: String,
}

impl Reading {
    pub(crate) async fn start(app: &TestApp, request: Request<Body>) -> Self {
        let response = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let replayed = response.headers().contains_key("idempotency-replayed");
        Self { replayed, body: response.into_body().into_data_stream(), taken: String::new() }
    }

    /// Whether nothing comes any more.
    pub(crate) async fn is_over(&mut self) -> bool {
        self.body.next().await.is_none()
    }

    /// The events up to the first with this name.
    pub(crate) async fn until(&mut self, name: &str) -> Vec<Event> {
        loop {
            let so_far = events(&self.taken);
            if let Some(at) = so_far.iter().position(|event| event.name == name) {
                assert_eq!(at + 1, so_far.len(), "nothing came behind it: {so_far:?}");
                return so_far;
            }
            let piece = self.body.next().await.unwrap().unwrap();
            self.taken.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

fn saying(body: &Value) -> Request<Body> {
    with_json(Method::POST, "/api/chat", body)
}

fn resuming(id: &str, last: Option<&str>) -> Request<Body> {
    let mut request = request(Method::GET, &format!("/api/chat/stream/{id}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    request.body(Body::empty()).unwrap()
}

async fn resume(app: &TestApp, id: &str, last: Option<&str>) -> Vec<Event> {
    events(app.send(resuming(id, last)).await.text())
}

async fn stop(app: &TestApp, id: &str) -> Answer {
    app.send(request(Method::POST, &format!("/api/chat/stop/{id}")).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_client_that_was_cut_off_reads_on_without_loss() {
    let (feed, script) = Feed::new();
    let app = TestApp::start_with_model(ScriptedModel::new([script])).await;
    let mut reading = Reading::start(&app, saying(&json!({"message": "sing", "stream": true}))).await;
    feed.say("déjà ");
    let before = reading.until("token").await;
    assert_eq!(names(&before), ["start", "memory", "token"]);
    let (id, last) = (id_of(&before[0].data, "message_id"), before[2].id.to_string());
    assert_eq!(last, "7");
    drop(reading);

    let mut resumed = Reading::start(&app, resuming(&id, Some(&last))).await;
    let mut whole = Reading::start(&app, resuming(&id, None)).await;
    assert_eq!(whole.until("token").await, before, "another reader, from the beginning");
    feed.say("vu");
    let next = resumed.until("token").await;
    assert_eq!((names(&next), text(&next).as_str(), next[0].id), (vec!["token"], "vu", 9));
    feed.end();
    let rest = resumed.until("done").await;
    assert_eq!((rest[1].id, &rest[1].data["content"]), (9, &json!("déjà vu")));
    assert_eq!(text(&whole.until("done").await), "déjà vu");

    let by_query = app.get(&format!("/api/chat/stream/{id}?last_event_id=0")).await;
    assert_eq!(names(&events(by_query.text())), ["memory", "token", "done"], "start was seen, memory perhaps not");
    assert_eq!(names(&resume(&app, &id, Some("9")).await), ["done"]);
    assert_eq!(names(&resume(&app, &id, Some("1000")).await), ["done"]);
    app.clock.advance(std::time::Duration::from_mins(11));
    let from_row = resume(&app, &id, Some("7")).await;
    assert_eq!((text(&from_row).as_str(), names(&from_row)), ("vu", vec!["token", "done"]));
    assert_eq!(from_row[1].data["finish_reason"], "stop");
    for bad in ["2", "-1", "x"] {
        let refused = app.send(resuming(&id, Some(bad))).await.failure();
        assert_eq!(refused, (422, "invalid".to_owned(), Some("last_event_id".to_owned())), "{bad}");
    }
    assert_eq!(app.send(resuming(UNKNOWN_ID, None)).await.failure().0, 404);
    app.stop().await;
}

#[tokio::test]
async fn whoever_comes_back_learns_which_answers_are_running() {
    let (feed, script) = Feed::new();
    let app = TestApp::start_with_model(ScriptedModel::new([script])).await;
    assert_eq!(app.get("/api/chat/running").await.json(), json!({"running": []}));
    let mut reading = Reading::start(&app, saying(&json!({"message": "sing", "stream": true}))).await;
    feed.say("la");
    let start = reading.until("token").await[0].data.clone();
    drop(reading);
    assert_eq!(app.get("/api/chat/running").await.json(), json!({"running": [start]}));
    assert_eq!(
        app.get("/api/chat/running?user_id=ann").await.json(),
        json!({"running": []}),
        "those of others are theirs"
    );
    let mut resumed = Reading::start(&app, resuming(&id_of(&start, "message_id"), Some("2"))).await;
    feed.end();
    resumed.until("done").await;
    assert_eq!(app.get("/api/chat/running").await.json(), json!({"running": []}));
    app.stop().await;
}

#[tokio::test]
async fn an_answer_that_broke_off_is_told_as_far_as_it_came() {
    let app = TestApp::start_with_model(ScriptedModel::new([Script::break_after(["half "])])).await;
    let sent = app.send(saying(&json!({"message": "tell me", "stream": true}))).await;
    let told = events(sent.text());
    assert_eq!(names(&told), ["start", "memory", "token", "error"]);
    let id = id_of(&told[0].data, "message_id");
    app.clock.advance(std::time::Duration::from_mins(11));
    let from_row = resume(&app, &id, Some("5")).await;
    assert_eq!((names(&from_row), &from_row[0].data["error"]["code"]), (vec!["error"], &json!("interrupted")));
    let conversation = id_of(&told[0].data, "conversation_id");
    let history = app.get(&format!("/api/chat/history/{conversation}")).await.json();
    let row = &history["messages"][1];
    assert_eq!((&row["id"], &row["status"], &row["content"]), (&json!(id), &json!("interrupted"), &json!("half ")));
}

#[tokio::test]
async fn an_answer_is_stopped_and_kept() {
    let (feed, script) = Feed::new();
    let app = TestApp::start_with_model(ScriptedModel::new([script])).await;
    let mut reading = Reading::start(&app, saying(&json!({"message": "count", "stream": true}))).await;
    feed.say("one, two, ");
    let id = id_of(&reading.until("token").await[0].data, "message_id");
    let stopped = stop(&app, &id).await.json();
    feed.abandoned().await;
    assert_eq!((&stopped["message_id"], &stopped["id"], &stopped["stopped"]), (&json!(id), &json!(id), &json!(true)));
    assert_eq!((&stopped["content"], &stopped["finish_reason"]), (&json!("one, two, "), &json!("stopped")));
    let done = reading.until("done").await.pop().unwrap().data;
    assert_eq!((&done["content"], &done["finish_reason"]), (&json!("one, two, "), &json!("stopped")));

    let late = stop(&app, &id).await;
    assert_eq!((late.status, &late.json()["stopped"]), (200, &json!(false)));
    assert_eq!(stop(&app, UNKNOWN_ID).await.failure().0, 404);
    let foreign = app.send(with_json(Method::POST, &format!("/api/chat/stop/{id}?user_id=bob"), &json!({}))).await;
    assert_eq!(foreign.failure().0, 404);
    assert_eq!(stop(&app, "nonsense").await.failure().0, 422);
    let history = app.get(&format!("/api/chat/history/{}", id_of(&stopped, "conversation_id"))).await.json();
    assert_eq!(history["messages"][1]["status"], "stopped");
}

#[tokio::test]
async fn what_was_said_is_edited_and_answered_again() {
    let app = TestApp::start_with_model(ScriptedModel::new([])).await;
    let one = app.say("one", None).await;
    let (conversation, first) = (id_of(&one, "conversation_id"), id_of(&one, "id"));
    app.say("two", Some(&conversation)).await;
    let send = async |parent: Value| {
        let body = json!({"message": "TWO", "conversation_id": conversation, "parent_id": parent});
        app.post("/api/chat", &body).await
    };
    assert_eq!(send(json!(first)).await.status, 200);
    assert_eq!(send(Value::Null).await.status, 200);
    assert_eq!(send(json!(UNKNOWN_ID)).await.failure().0, 404);
    assert_eq!(send(json!("nonsense")).await.failure().2.as_deref(), Some("parent_id"));
    let again = app.post(&format!("/api/chat/regenerate/{first}"), &json!({})).await;
    assert_eq!((again.status, &again.json()["content"]), (200, &json!("ACK::one")));
    let streamed = app.post(&format!("/api/chat/regenerate/{first}"), &json!({"stream": true})).await;
    assert_eq!(names(&events(streamed.text())), ["start", "memory", "token", "done"]);

    let history = app.get(&format!("/api/chat/history/{conversation}")).await.json();
    let rows = history["messages"].as_array().unwrap();
    let position_of =
        |id: &Value| rows.iter().find(|row| row["id"] == *id).map_or(0, |row| row["position"].as_i64().unwrap());
    let parents: Vec<i64> = rows.iter().map(|row| position_of(&row["parent_id"])).collect();
    assert_eq!(parents, [0, 1, 2, 3, 2, 5, 0, 7, 1, 1]);
    assert_eq!(app.post(&format!("/api/chat/regenerate/{UNKNOWN_ID}"), &json!({})).await.failure().0, 404);
}

#[tokio::test]
async fn a_streamed_repetition_reads_along_and_any_other_is_told_to_wait() {
    let (feed, script) = Feed::new();
    let app = TestApp::start_with_model(ScriptedModel::new([script])).await;
    let keyed = |streamed: bool| {
        let mut sent = saying(&json!({"message": "slowly"}));
        sent.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        if streamed {
            sent.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        }
        sent
    };
    let mut first = Reading::start(&app, keyed(true)).await;
    feed.say("as");
    let begun = first.until("token").await;
    let waiting = app.send(keyed(false)).await;
    assert_eq!(waiting.failure(), (409, "idempotency_running".to_owned(), None));
    assert_eq!(waiting.header("retry-after"), Some("1"));
    let mut second = Reading::start(&app, keyed(true)).await;
    assert!(second.replayed && !first.replayed);
    assert_eq!(second.until("token").await, begun);
    feed.end();
    assert_eq!(first.until("done").await.pop(), second.until("done").await.pop());
    let replayed = app.send(keyed(false)).await;
    assert_eq!((replayed.header("idempotency-replayed"), &replayed.json()["content"]), (Some("true"), &json!("as")));
}

#[tokio::test]
async fn a_conversation_that_is_answered_looks_unknown_to_others_and_is_not_held_up_by_them() {
    let (feed, script) = Feed::new();
    let app = TestApp::start_with_model(ScriptedModel::new([script])).await;
    let mut reading = Reading::start(&app, saying(&json!({"message": "sing", "stream": true}))).await;
    feed.say("la ");
    let conversation = id_of(&reading.until("token").await[0].data, "conversation_id");
    let foreign = json!({"message": "hello", "conversation_id": conversation, "user_id": "bob"});
    assert_eq!(app.post("/api/chat", &foreign).await.failure().0, 404);
    feed.end();
    reading.until("done").await;
    app.say("again", Some(&conversation)).await;
}

#[tokio::test]
async fn what_is_erased_can_neither_be_read_on_nor_goes_on() {
    let (feed, script) = Feed::new();
    let app = TestApp::start_with_model(ScriptedModel::new([Script::answer(["whole"]), script])).await;
    let ended = app.say("first", None).await;
    let conversation = id_of(&ended, "conversation_id");
    let body = json!({"message": "second", "conversation_id": conversation, "stream": true});
    let mut reading = Reading::start(&app, saying(&body)).await;
    feed.say("half ");
    let running = id_of(&reading.until("token").await[0].data, "message_id");
    assert_eq!(app.delete(&format!("/api/chat/conversation/{conversation}")).await.status, 200);
    feed.abandoned().await;
    let told = reading.until("error").await;
    assert_eq!(told[told.len() - 1].data["error"]["code"], "not_found");
    for id in [id_of(&ended, "id"), running] {
        assert_eq!(app.send(resuming(&id, None)).await.failure().0, 404);
        assert_eq!(stop(&app, &id).await.failure().0, 404);
    }
    app.stop().await;
}

#[tokio::test]
async fn answering_again_needs_no_body() {
    let app = TestApp::start_with_model(ScriptedModel::new([])).await;
    let first = id_of(&app.say("one", None).await, "id");
    let bare = request(Method::POST, &format!("/api/chat/regenerate/{first}")).body(Body::empty()).unwrap();
    assert_eq!(app.send(bare).await.json()["content"], "ACK::one");
}
