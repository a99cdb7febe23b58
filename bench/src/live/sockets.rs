use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Options, tokens::now_us, websocket::Socket};
use crate::{
    figures::median_and_p99,
    process::{Server, status_kib},
    report::Report,
};

/// Sockets that are opened at a time.
const BATCH: usize = 100;
/// Events that are waited for.
const EVENTS: usize = 300;

/// Many idle sockets, what each costs, and how soon an event is with its subscriber beside them.
pub(super) async fn measure(report: &mut Report, options: &Options) -> Result<()> {
    let data_dir = options.dir.join("jarvis-bench-sockets");
    std::fs::create_dir_all(&data_dir)?;
    let server = Server::start(&options.binary, &data_dir).await?;
    let address: SocketAddr = server.url.trim_start_matches("http://").parse().context("the server's address")?;
    let conversation = begin(&server.url).await?;
    let mut subscriber = Socket::open(address).await?;
    subscriber
        .send(&json!({"type": "subscribe", "channels": [format!("conversation:{conversation}")]}).to_string())
        .await?;
    subscriber.send(r#"{"type":"ping"}"#).await?;
    subscriber.next_of("pong").await?;

    let before = status_kib(server.pid(), "RssAnon")?;
    let mut idle = Vec::with_capacity(options.sockets);
    while idle.len() < options.sockets {
        let batch = (0..BATCH.min(options.sockets - idle.len())).map(|_| tokio::spawn(greeted(address)));
        for socket in batch.collect::<Vec<_>>() {
            idle.push(socket.await?.context("a socket was not taken; raise the limit of open files (ulimit -n)")?);
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = status_kib(server.pid(), "RssAnon")?;
    let each = (after - before) as f64 / idle.len() as f64;
    report.row(
        format!("{} idle WebSockets, anonymous memory of the server", idle.len()),
        format!("{each:.1} KiB each ({} → {} MB)", before / 1024, after / 1024),
        "≤ 8 KB each, goal 4 KB",
    );
    let (p50, p99) = median_and_p99(events(&server.url, &conversation, &mut subscriber).await?);
    report.row(
        "event to its subscriber beside them, from the request that causes it, its durable write included",
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms"),
        "≤ 5 ms",
    );
    drop(idle);
    server.stop().await?;
    Ok(std::fs::remove_dir_all(&data_dir)?)
}

/// A socket that has said a word: only then are its buffers there.
async fn greeted(address: SocketAddr) -> Result<Socket> {
    let mut socket = Socket::open(address).await?;
    socket.send(r#"{"type":"ping"}"#).await?;
    socket.next_of("pong").await?;
    Ok(socket)
}

async fn begin(url: &str) -> Result<String> {
    let said = json!({"message": "A conversation to be watched."});
    let answer: Value = reqwest::Client::new().post(format!("{url}/api/chat")).json(&said).send().await?.json().await?;
    Ok(answer["conversation_id"].as_str().context("no conversation")?.to_owned())
}

/// Milliseconds from a change's request to its event.
async fn events(url: &str, conversation: &str, subscriber: &mut Socket) -> Result<Vec<f64>> {
    let client = reqwest::Client::new();
    let address = format!("{url}/api/chat/conversation/{conversation}");
    let mut times = Vec::with_capacity(EVENTS);
    for number in 0..EVENTS {
        let begun = now_us();
        let change = client.patch(&address).json(&json!({"title": format!("title {number}")})).send();
        let heard = async {
            subscriber.next_of("conversation_updated").await?;
            Ok::<_, anyhow::Error>((now_us() - begun) as f64 / 1e3)
        };
        let (heard, changed) = tokio::join!(heard, change);
        changed?.error_for_status()?;
        times.push(heard?);
    }
    Ok(times)
}
