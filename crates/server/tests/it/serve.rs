use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use jarvis_server::{Phase, Readiness, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A server whose only route answers when it is told to.
struct Server {
    address: std::net::SocketAddr,
    asked: Arc<Notify>,
    answer: Arc<Notify>,
    readiness: Readiness,
    shutdown: CancellationToken,
    running: JoinHandle<jarvis_core::Result<()>>,
}

async fn start(drain: Duration) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (asked.clone(), answer.clone());
    let handler = get(move || {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            wait.notified().await;
            "answered"
        }
    });
    let (readiness, shutdown) = (Readiness::starting(), CancellationToken::new());
    let router = Router::new().route("/", handler);
    let running = tokio::spawn(serve(listener, router, readiness.clone(), shutdown.clone(), drain));
    Server { address, asked, answer, readiness, shutdown, running }
}

#[tokio::test]
async fn a_running_request_is_answered_while_nothing_new_comes_in() {
    let server = start(Duration::from_secs(30)).await;
    let mut client = TcpStream::connect(server.address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    server.asked.notified().await;
    server.shutdown.cancel();
    server.readiness.draining().await;
    assert_eq!(server.readiness.phase(), Phase::Draining);
    assert!(TcpStream::connect(server.address).await.is_err(), "the listener is closed");
    server.answer.notify_one();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("answered"), "{answer}");
    server.running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut() {
    let server = start(Duration::from_millis(20)).await;
    let mut client = TcpStream::connect(server.address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    server.asked.notified().await;
    server.shutdown.cancel();
    server.running.await.unwrap().unwrap();
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let server = start(Duration::from_secs(1)).await;
    let mut client = TcpStream::connect(server.address).await.unwrap();
    let mut head = b"GET / HTTP/1.1\r\nhost: localhost\r\nx-filler: ".to_vec();
    head.resize(100 * 1024, b'x');
    // The server may refuse before it has taken everything.
    let _ = client.write_all(&head).await;
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.shutdown.cancel();
    server.running.await.unwrap().unwrap();
}
