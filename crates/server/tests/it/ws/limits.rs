use std::time::Duration;

use futures_util::SinkExt;
use jarvis_core::policy::request_limits::{ClassLimits, RequestLimits};
use jarvis_server::{Policy, SocketOptions};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

use super::{DEADLINE, Served, client::Client};
use crate::support::TestApp;

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_socket() {
    let served = Served::start().await;
    for size in [128 * 1024 + 1, 900_000] {
        let mut client = served.connect().await;
        client.send_text(&"x".repeat(size)).await;
        assert_eq!(client.closed().await.0, 1009, "{size}");
    }
    // What nobody would read to its end.
    let mut client = served.connect().await;
    let (mut writes, mut reads) = futures_util::StreamExt::split(client.socket);
    let sending = tokio::spawn(async move { writes.send(Message::text("x".repeat(3_000_000))).await });
    let told = loop {
        match futures_util::StreamExt::next(&mut reads).await {
            Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told, 1009);
    sending.abort();
    client = served.connect().await;
    assert_eq!(client.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}), "others go on");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn messages_count_as_requests_of_their_person() {
    let user = ClassLimits::per_minute([0, 2, 0, 0, 0, 0, 0]).unwrap();
    let policy = Policy { requests: RequestLimits { user, ..RequestLimits::default() }, ..Policy::default() };
    let served = Served::over(TestApp::start_as(|options| options.settings.replace(policy)).await).await;
    assert_eq!(served.app.post("/api/chat", &json!({"message": "one"})).await.status, 200);
    let mut client = served.connect().await;
    client.send(&json!({"type": "chat_message", "content": "two"})).await;
    while client.next().await["type"] != "chat_response" {}
    client.send(&json!({"type": "chat_message", "content": "three", "request_id": "3"})).await;
    let refusal = client.next().await;
    assert_eq!((&refusal["code"], &refusal["request_id"]), (&json!("rate_limited"), &json!("3")), "{refusal}");
    let mut plain = served.connect().await;
    plain.send(&json!({"message": "four"})).await;
    assert_eq!(plain.next().await["error"], "Trop de messages, réessayez plus tard");
    drop((client, plain));
    served.stop().await;
}

#[tokio::test]
async fn nonsense_without_end_ends_the_socket_and_one_good_message_starts_the_count_again() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    for _ in 0..3 {
        assert_eq!(client.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}));
        for _ in 0..31 {
            client.failure("nonsense").await;
        }
    }
    client.failure("nonsense").await;
    assert_eq!(client.closed().await, (1008, "too many messages that cannot be understood".to_owned()));
    served.stop().await;
}

#[tokio::test]
async fn what_does_not_follow_the_protocol_ends_the_socket() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    // A frame that is not masked.
    client.socket.get_mut().write_all(&[0x81, 0x02, b'h', b'i']).await.unwrap();
    assert_eq!(client.closed().await.0, 1002);
    served.stop().await;
}

#[tokio::test]
async fn a_client_that_answers_pings_stays_and_a_silent_one_is_given_up() {
    let sockets = SocketOptions { heartbeat: Duration::from_secs(1), ..SocketOptions::default() };
    let served = Served::start_with_sockets(sockets).await;
    let (mut answers, mut silent) = (served.connect().await, served.connect().await);
    // Reading is what makes the library answer. A busy machine has seconds for it before the answer would be missed.
    for _ in 0..4 {
        assert!(matches!(answers.frame().await, Some(Ok(Message::Ping(_)))));
        // The answer is written with the next read or flush.
        answers.socket.flush().await.unwrap();
    }
    assert_eq!(answers.ask(&json!({"type": "ping"})).await, json!({"type": "pong"}));
    // Byte by byte: the library would answer the pings with its first read, where nobody listens any more.
    let (mut heard, reason) = (Vec::new(), "two pings were not answered");
    tokio::time::timeout(DEADLINE, silent.socket.get_mut().read_to_end(&mut heard)).await.unwrap().unwrap();
    let farewell = [&[0x88, 2 + reason.len() as u8][..], &1008_u16.to_be_bytes(), reason.as_bytes()].concat();
    assert!(heard.ends_with(&farewell), "{heard:?}");
    drop(answers);
    served.stop().await;
}

#[tokio::test]
async fn one_socket_too_many_is_told_to_come_later() {
    let served = Served::start_with_sockets(SocketOptions { max: 2, ..SocketOptions::default() }).await;
    let (mut first, mut second) = (served.connect().await, served.connect().await);
    for client in [&mut first, &mut second] {
        client.ask(&json!({"type": "ping"})).await;
    }
    assert_eq!(served.connect().await.closed().await.0, 1013);
    drop(first);
    // Its place is free once the server has seen it leave.
    loop {
        let mut again = served.connect().await;
        again.send(&json!({"type": "ping"})).await;
        if let Some(Ok(Message::Text(_))) = again.frame().await {
            break;
        }
    }
    drop(second);
    served.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_and_holds_up_nobody() {
    let sockets = SocketOptions { write_patience: Duration::from_millis(200), ..SocketOptions::default() };
    let served = Served::start_with_sockets(sockets).await;
    let mut deaf = Client::with_small_window(served.address, "/ws").await;
    let mut quick = served.connect().await;
    for client in [&mut deaf, &mut quick] {
        client.ask(&json!({"type": "subscribe", "channels": ["conversations"]})).await;
    }
    let cut = r#"jarvis_websocket_closes_total{by="server",code="slow"}"#;
    let before = served.metric(cut).await;
    let content = "x".repeat(49_000);
    let mut told = 0;
    while served.metric(cut).await <= before {
        assert!(told < 5_000, "some hundred megabytes are not taken by a window of four kilobytes");
        let content = format!("{told} {content}");
        assert_eq!(served.app.post("/api/memory", &json!({"content": content})).await.status, 201);
        assert_eq!(quick.expect("memory_created").await["memory"]["content"], content.as_str());
        told += 1;
    }
    drop((deaf, quick));
    served.stop().await;
}
