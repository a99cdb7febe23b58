//! What slow, broken and greedy clients can do over real sockets.

use std::{net::SocketAddr, time::Duration};

use jarvis_core::policy::request_limits::RequestLimits;
use jarvis_server::{ConnectionLimits, Listening, Policy, Settings, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;

const SHORT: Duration = Duration::from_millis(200);

struct Served {
    address: SocketAddr,
    shutdown: CancellationToken,
    running: JoinHandle<jarvis_core::Result<()>>,
    app: TestApp,
}

impl Served {
    /// One with little patience, and two connections for each address.
    async fn start() -> Self {
        let app = TestApp::start_as(|options| options.body_patience = SHORT).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let requests = RequestLimits { loopback: true, ..RequestLimits::default() };
        let limits = ConnectionLimits { per_address: Some(2), head_timeout: SHORT, ..ConnectionLimits::default() };
        let settings = Some(Settings::new(Policy { requests, ..Policy::default() }));
        let listening = Listening { listener, tls: None, limits, settings };
        let serving = serve(listening, app.router.clone(), app.readiness.clone(), shutdown.clone(), SHORT * 100);
        Self { address, shutdown, running: tokio::spawn(serving), app }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
        self.app.stop().await;
    }
}

/// Sends `text`, and reads until the server closes or `enough` came.
async fn answer_to(stream: &mut TcpStream, text: &[u8], enough: &str) -> String {
    stream.write_all(text).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains(enough) {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

const GET: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn post(length: usize, body: &str) -> Vec<u8> {
    let head = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
    format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn a_head_that_trickles_is_given_up() {
    let served = Served::start().await;
    let mut client = TcpStream::connect(served.address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ").await.unwrap();
    // writing fails once the server has closed
    while client.write_all(b"x").await.is_ok() {
        tokio::time::sleep(SHORT / 10).await;
    }
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let served = Served::start().await;
    let mut client = TcpStream::connect(served.address).await.unwrap();
    let answer = answer_to(&mut client, &post(100, "{\"message\""), "}}").await;
    assert!(answer.starts_with("HTTP/1.1 504") && answer.contains("\"body_stalled\""), "{answer}");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_is_cut_off_changes_nothing() {
    let served = Served::start().await;
    let mut client = TcpStream::connect(served.address).await.unwrap();
    client.write_all(&post(100, "{\"message\": \"hello\"}")).await.unwrap();
    client.shutdown().await.unwrap();
    let answer = answer_to(&mut client, b"", "}}").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    drop(client);
    assert_eq!(served.app.get("/api/chat/conversations").await.json()["conversations"].as_array().unwrap().len(), 0);
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let served = Served::start().await;
    let mut client = TcpStream::connect(served.address).await.unwrap();
    let answer = answer_to(&mut client, &post(usize::MAX / 2, "{"), "}}").await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"too_large\""), "{answer}");
    drop(client);
    served.stop().await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let served = Served::start().await;
    for nonsense in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01"[..], b"\0\0\0\0\r\n\r\n", b"GET / HTTP/1.1\r\nhost\xff\r\n\r\n"]
    {
        let mut client = TcpStream::connect(served.address).await.unwrap();
        let answer = answer_to(&mut client, nonsense, "\r\n\r\n").await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    served.stop().await;
}

#[tokio::test]
async fn an_address_with_too_many_connections_is_told_so() {
    let served = Served::start().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = TcpStream::connect(served.address).await.unwrap();
        assert!(answer_to(&mut client, GET, "alive").await.starts_with("HTTP/1.1 200"));
        held.push(client);
    }
    let mut third = TcpStream::connect(served.address).await.unwrap();
    let refusal = answer_to(&mut third, b"", "}}").await;
    assert!(refusal.starts_with("HTTP/1.1 429") && refusal.contains("\"too_many_connections\""), "{refusal}");
    drop(held);
    // the server notices in its own time that they are gone
    loop {
        let mut next = TcpStream::connect(served.address).await.unwrap();
        if answer_to(&mut next, GET, "alive").await.starts_with("HTTP/1.1 200") {
            break;
        }
    }
    served.stop().await;
}
