use insta::assert_json_snapshot;
use jarvis_core::testkit::{Script, ScriptedModel};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use futures_util::SinkExt;

use super::{Served, fed, kind};
use crate::support::{UNKNOWN_ID, id_of};

#[tokio::test]
async fn an_answer_comes_piece_by_piece_and_whole() {
    let model = ScriptedModel::new([Script::answer(["Née ", "le 3 mars."])]);
    let served = Served::start_with_model(model).await;
    let mut client = served.connect().await;
    client.send(&json!({"type": "chat_message", "content": "When was Ada born?", "request_id": "r1"})).await;
    let start = client.next().await;
    assert_json_snapshot!(start, @r#"
    {
      "conversation_id": "00000000-0000-7000-8000-000000000002",
      "message_id": "00000000-0000-7000-8000-000000000004",
      "model": "scripted",
      "request_id": "r1",
      "type": "chat_start",
      "user_message_id": "00000000-0000-7000-8000-000000000003"
    }
    "#);
    let (text, response) = client.answer().await;
    assert_eq!(text, "Née le 3 mars.");
    assert_json_snapshot!(response, @r#"
    {
      "conversation_id": "00000000-0000-7000-8000-000000000002",
      "finish_reason": "stop",
      "memories_used": [],
      "memory_saved": false,
      "message": {
        "content": "Née le 3 mars.",
        "conversation_id": "00000000-0000-7000-8000-000000000002",
        "created_at": "2026-11-21T08:00:00.000000Z",
        "id": "00000000-0000-7000-8000-000000000004",
        "model": "scripted",
        "role": "assistant",
        "timestamp": "2026-11-21T08:00:00.000000Z"
      },
      "request_id": "r1",
      "response_time_ms": "response_time_ms",
      "type": "chat_response",
      "usage": {
        "completion_tokens": 6,
        "prompt_tokens": 21,
        "total_tokens": 27
      },
      "user_message_id": "00000000-0000-7000-8000-000000000003"
    }
    "#);
    let conversation = id_of(&response, "conversation_id");
    client.send(&json!({"type": "chat_message", "message": "And Tom?", "conversation_id": conversation})).await;
    let (text, second) = client.answer().await;
    assert_eq!((text.as_str(), id_of(&second, "conversation_id")), ("ACK::And Tom?", conversation));
    assert!(second.get("request_id").is_none());
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn several_answers_share_a_socket_up_to_a_bound() {
    let model = ScriptedModel::new([]);
    let mut feeds = Vec::new();
    for _ in 0..8 {
        let (feed, script) = fed();
        model.then(script);
        feeds.push(feed);
    }
    let served = Served::start_with_model(model).await;
    let mut client = served.connect().await;
    let ask = |name: usize| json!({"type": "chat_message", "content": "hello", "request_id": name.to_string()});
    for name in 0..8 {
        let start = client.ask(&ask(name)).await;
        assert_eq!((kind(&start), &start["request_id"]), ("chat_start", &Value::from(name.to_string())));
    }
    let refused = client.ask(&ask(8)).await;
    assert_eq!((&refused["code"], &refused["request_id"]), (&json!("too_many_answers"), &json!("8")));
    for (name, feed) in feeds.iter().enumerate().rev() {
        feed.text("a piece");
        let piece = client.expect("chat_token").await;
        assert_eq!((&piece["request_id"], &piece["text"]), (&json!(name.to_string()), &json!("a piece")));
    }
    feeds[3].end();
    assert_eq!(client.expect("chat_response").await["request_id"], "3");
    client.send(&ask(9)).await;
    assert_eq!(client.answer().await.1["message"]["content"], "ACK::hello");
    drop((client, feeds));
    served.stop().await;
}

#[tokio::test]
async fn an_answer_that_fails_says_why_and_the_socket_goes_on() {
    let model = ScriptedModel::new([Script::refuse(), Script::break_after(["half "])]);
    let served = Served::start_with_model(model).await;
    let mut client = served.connect().await;
    client.send(&json!({"type": "chat_message", "content": "hello", "request_id": "a"})).await;
    let (_, refused) = client.answer().await;
    assert_eq!((kind(&refused), &refused["code"]), ("error", &json!("unavailable")));
    assert_eq!((&refused["retry_after"], &refused["request_id"]), (&json!(5), &json!("a")));
    client.send(&json!({"type": "chat_message", "content": "hello", "request_id": "b"})).await;
    let (text, broken) = client.answer().await;
    assert_eq!((text.as_str(), &broken["code"]), ("half ", &json!("upstream")));
    assert!(broken["message_id"].is_string(), "{broken}");
    let unknown = json!({"type": "chat_message", "content": "hello", "conversation_id": UNKNOWN_ID});
    assert_eq!(client.ask(&unknown).await["code"], "not_found");
    let wrong = json!({"type": "chat_message", "content": "hello", "temperature": 7});
    let wrong = client.ask(&wrong).await;
    assert_eq!((&wrong["code"], &wrong["details"]["field"]), (&json!("invalid"), &json!("temperature")));
    assert_eq!(client.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}));
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_repeated_request_asks_the_model_once() {
    let model = ScriptedModel::new([]);
    let served = Served::start_with_model(model.clone()).await;
    let mut client = served.connect().await;
    let ask =
        |name: &str| json!({"type": "chat_message", "content": "hello", "idempotency_key": "k", "request_id": name});
    client.send(&ask("1")).await;
    let (text, first) = client.answer().await;
    let start = client.ask(&ask("2")).await;
    assert_eq!((kind(&start), &start["replayed"]), ("chat_start", &Value::Bool(true)));
    let (again, second) = client.answer().await;
    assert_eq!((again, &second["message"]), (text, &first["message"]));
    assert_eq!(model.seen().len(), 1);
    let other = json!({"type": "chat_message", "content": "good bye", "idempotency_key": "k"});
    assert_eq!(client.ask(&other).await["code"], "idempotency_mismatch");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn what_cannot_be_understood_leaves_the_socket_open() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    assert_eq!(
        client.ask(&json!({"type": "ping", "request_id": "p"})).await,
        json!({"type": "pong", "request_id": "p"})
    );
    for (text, code) in [
        ("nonsense", "malformed"),
        ("", "malformed"),
        ("[]", "invalid"),
        ("{}", "invalid"),
        (r#"{"type":"dance"}"#, "unknown_type"),
        (r#"{"type":"subscribe"}"#, "invalid"),
        (r#"{"type":"chat_message"}"#, "invalid"),
        (r#"{"type":"audio_data","data":"AAAA","format":"wav"}"#, "voice_unavailable"),
    ] {
        assert_eq!(client.failure(text).await, code, "{text}");
    }
    client.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(client.expect("error").await["code"], "unsupported");
    let long = json!({"type": "chat_message", "content": "x".repeat(100_001)}).to_string();
    assert_eq!(client.failure(&long).await, "invalid");
    assert_eq!(client.ask(&json!({"type": "auth", "token": "anything"})).await, json!({"type": "auth_ok"}));
    let named = client.ask(&json!({"type": "dance", "request_id": "d"})).await;
    assert_eq!(named["request_id"], "d");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_first_message_that_chooses_no_dialect_is_refused_in_both() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    client.send_text("nonsense").await;
    assert_json_snapshot!(client.next().await, @r#"
    {
      "code": "malformed",
      "error": "Format JSON invalide",
      "message": "the message is not a JSON object; begin with one that has a type, such as {\"type\":\"ping\"}",
      "timestamp": "2026-11-21T08:00:00.000000Z",
      "type": "error"
    }
    "#);
    client.send_text("[1]").await;
    assert_eq!(client.next().await["error"], "Les données doivent être un objet JSON");
    assert_eq!(client.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}));
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_user_is_named_by_the_handshake_or_the_message() {
    let served = Served::start().await;
    let mut ann = served.connect_as("ann").await;
    ann.send(&json!({"type": "chat_message", "content": "hello"})).await;
    let conversation = id_of(&ann.answer().await.1, "conversation_id");
    let differs = json!({"type": "chat_message", "content": "hello", "user_id": "bob"});
    assert_eq!(ann.ask(&differs).await["details"]["field"], "user_id");
    let mut open = served.connect().await;
    let go_on = json!({"type": "chat_message", "content": "and on", "conversation_id": conversation});
    assert_eq!(open.ask(&go_on).await["code"], "not_found");
    let mut as_ann = go_on;
    as_ann["user_id"] = "ann".into();
    open.send(&as_ann).await;
    assert_eq!(id_of(&open.answer().await.1, "conversation_id"), conversation);
    drop((ann, open));
    served.stop().await;
}
