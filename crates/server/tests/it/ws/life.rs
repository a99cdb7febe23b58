use futures_util::SinkExt;
use jarvis_core::testkit::ScriptedModel;
use serde_json::json;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{DEADLINE, Served, client::Client, fed};
use crate::support::{ALLOWED_ORIGIN, id_of};

#[tokio::test]
async fn a_server_that_ends_closes_its_sockets_and_waits_for_them() {
    let (feed, script) = fed();
    let served = Served::start_with_model(ScriptedModel::new([script])).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(served.connect().await);
    }
    clients[0].send(&json!({"type": "chat_message", "content": "hello"})).await;
    let start = clients[0].expect("chat_start").await;
    served.shutdown.cancel();
    for client in &mut clients {
        assert_eq!(client.closed().await, (1001, "Server shutdown".to_owned()));
    }
    // What was being answered is finished without its reader.
    feed.text("late");
    feed.end();
    drop(clients);
    let history = format!("/api/chat/history/{}", id_of(&start, "conversation_id"));
    let stored = async {
        loop {
            let messages = served.app.get(&history).await.json()["messages"].take();
            match messages[1]["status"].as_str() {
                Some("complete") => return messages,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let messages = tokio::time::timeout(DEADLINE, stored).await.unwrap();
    assert_eq!((&messages[1]["id"], &messages[1]["content"]), (&start["message_id"], &json!("late")));
    served.stop().await;
}

#[tokio::test]
async fn pages_of_others_shake_no_hands() {
    let served = Served::start().await;
    for (headers, code) in [
        ([("origin", "https://example.org")], "foreign_origin"),
        ([("origin", "null")], "foreign_origin"),
        ([("host", "jarvis.example.org")], "foreign_host"),
    ] {
        let refusal = Client::shake_hands(served.address, "/ws", &headers).await.err().unwrap();
        assert_eq!(refusal.status().as_u16(), 403, "{headers:?}");
        let body = refusal.into_body().unwrap();
        assert!(String::from_utf8(body).unwrap().contains(code));
    }
    for origin in ["http://localhost:5173", ALLOWED_ORIGIN] {
        assert!(Client::shake_hands(served.address, "/ws", &[("origin", origin)]).await.is_ok(), "{origin}");
    }
    let invalid = Client::shake_hands(served.address, "/ws?user_id=not%20a%20name", &[]).await.err().unwrap();
    assert_eq!(invalid.status().as_u16(), 422);
    served.stop().await;
}

#[tokio::test]
async fn what_is_no_handshake_is_told_so() {
    let served = Served::start().await;
    let failure = served.app.get("/ws").await.failure();
    assert_eq!(failure, (400, "websocket_expected".to_owned(), None));
    served.stop().await;
}

#[tokio::test]
async fn a_protocol_ping_is_answered_with_a_pong_and_a_close_with_a_close() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    client.socket.send(Message::Ping(b"are you there"[..].into())).await.unwrap();
    assert_eq!(client.frame().await.unwrap().unwrap(), Message::Pong(b"are you there"[..].into()));
    let before = served.metric(r#"jarvis_websocket_closes_total{by="client",code="1000"}"#).await;
    let frame = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
    client.socket.send(Message::Close(Some(frame))).await.unwrap();
    assert_eq!(client.closed().await.0, 1000);
    // The socket is counted before the server answers the close.
    while served.metric(r#"jarvis_websocket_closes_total{by="client",code="1000"}"#).await <= before {
        tokio::task::yield_now().await;
    }
    served.stop().await;
}
