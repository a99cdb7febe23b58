use axum::{body::Body, http::Method};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{TestApp, id_of, request, with_json};

#[tokio::test]
async fn a_chat_is_answered_whole() {
    let app = TestApp::start().await;
    let first = app.say("My daughter Ada turns seven on the third of March.", None).await;
    assert_json_snapshot!(first, @r#"
    {
      "content": "Noted: “My daughter Ada turns seven on the third of March.”",
      "conversation_id": "00000000-0000-7000-8000-000000000002",
      "finish_reason": "stop",
      "id": "00000000-0000-7000-8000-000000000004",
      "memories_used": [],
      "memory_saved": true,
      "model": "recall",
      "response": "Noted: “My daughter Ada turns seven on the third of March.”",
      "response_time_ms": "response_time_ms",
      "role": "assistant",
      "timestamp": "2026-11-21T08:00:00.000000Z",
      "usage": {
        "completion_tokens": 16,
        "prompt_tokens": 13,
        "total_tokens": 29
      },
      "user_message_id": "00000000-0000-7000-8000-000000000003"
    }
    "#);
    let conversation = id_of(&first, "conversation_id");
    let second = app.say("When does Ada turn seven?", None).await;
    assert_ne!(id_of(&second, "conversation_id"), conversation, "a conversation of its own");
    let content = second["content"].as_str().unwrap();
    assert!(content.contains("My daughter Ada turns seven on the third of March."), "{content}");
    assert_eq!(second["response"], second["content"]);
    assert!(!second["memories_used"].as_array().unwrap().is_empty());
    let usage = &second["usage"];
    let sum = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"].as_u64(), Some(sum));
    app.stop().await;
}

#[tokio::test]
async fn content_is_taken_for_message_and_a_memory_can_be_declined() {
    let app = TestApp::start().await;
    let body = json!({"content": "I live in Lyon.", "save_memory": false});
    let answer = app.post("/api/chat", &body).await;
    assert_eq!((answer.status, &answer.json()["memory_saved"]), (200, &Value::Bool(false)));
    assert_eq!(app.get("/api/memory/list").await.json()["total"], 0);
}

/// Event name, id, data.
fn events(text: &str) -> Vec<(String, usize, Value)> {
    let parse = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
        let (event, id, data) = (field("event:")?, field("id:")?, field("data:")?);
        Some((event.to_owned(), id.parse().unwrap(), serde_json::from_str(data).unwrap()))
    };
    text.split("\n\n").filter_map(parse).collect()
}

#[tokio::test]
async fn a_stream_tells_the_same_answer_piece_by_piece() {
    let app = TestApp::start().await;
    app.say("My favourite tea is Darjeeling.", None).await;
    let answer = app.post("/api/chat", &json!({"message": "Which tea is my favourite?", "stream": true})).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events = events(answer.text());
    let names: Vec<&str> = events.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!((names[0], names[1], names[names.len() - 1]), ("start", "memory", "done"), "{names:?}");
    assert!(names[2..names.len() - 1].iter().all(|name| *name == "token"), "{names:?}");

    let done = &events[events.len() - 1].2;
    assert_eq!(done["id"], events[0].2["message_id"]);
    assert_eq!(done["conversation_id"], events[0].2["conversation_id"]);
    assert_eq!(done["memories_used"], events[1].2["memories_used"]);
    let mut text = String::new();
    for (name, id, data) in &events {
        text.push_str(if name == "token" { data["text"].as_str().unwrap() } else { "" });
        assert_eq!(*id, text.len(), "the id of {name} is the number of bytes so far");
    }
    assert_eq!(done["content"], text.as_str());
    let history = app.get(&format!("/api/chat/history/{}", id_of(done, "conversation_id"))).await.json();
    assert_eq!(history["messages"][1]["content"], text.as_str());
    app.stop().await;
}

#[tokio::test]
async fn accepting_events_asks_for_a_stream_and_the_body_has_the_last_word() {
    let app = TestApp::start().await;
    let send = async |body: Value| {
        let mut sent = with_json(Method::POST, "/api/chat", &body);
        sent.headers_mut().insert("accept", "text/event-stream, */*;q=0.1".parse().unwrap());
        app.send(sent).await.header("content-type").map(str::to_owned)
    };
    assert_eq!(send(json!({"message": "hello"})).await.as_deref(), Some("text/event-stream"));
    assert_eq!(send(json!({"message": "hello", "stream": false})).await.as_deref(), Some("application/json"));
}

#[tokio::test]
async fn an_answer_is_stored_although_its_reader_has_left() {
    let app = TestApp::start().await;
    let body = json!({"message": "Remember the milk.", "stream": true});
    let response = tower::ServiceExt::oneshot(app.router.clone(), with_json(Method::POST, "/api/chat", &body)).await;
    drop(response.unwrap().into_body());
    let list = app.get("/api/chat/conversations").await.json();
    let conversation = id_of(&list["conversations"][0], "id");
    let history = format!("/api/chat/history/{conversation}");
    let mut messages = 0;
    for _ in 0..200 {
        messages = app.get(&history).await.json()["total_count"].as_u64().unwrap();
        if messages == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(messages, 2);
    app.stop().await;
}

#[tokio::test]
async fn the_models_are_listed_with_the_default_first() {
    let app = TestApp::start().await;
    let models = app.send(request(Method::GET, "/api/chat/models").body(Body::empty()).unwrap()).await.json();
    assert_eq!(models["models"][0]["id"], "recall");
    assert_eq!(models["models"][0]["default"], true);
}
