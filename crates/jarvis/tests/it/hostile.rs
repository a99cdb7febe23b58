//! What clients can do who want to harm: after each of it, others are answered and the memory is what it was.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::Path,
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::{
    backend::Dir,
    server::{Server, data_dir, jarvis},
};

/// Bytes by which all of it together may let the server grow: what it touches for the first time, and nothing that adds up.
const ROOM: u64 = 96 << 20;

/// A server with little patience.
struct Target {
    server: Server,
    before: u64,
    token: String,
    /// Connects anew each time: a server with little patience may close what waits.
    client: Client,
    _dir: Dir,
}

impl Target {
    async fn start() -> Self {
        let (dir, data) = data_dir();
        write(&dir.path().join("jarvis.toml"), "[limits]\nhead_timeout_secs = 1\nstall_timeout_secs = 1\n");
        let server = Server::start_by(jarvis(&data).args(["serve", "--port", "0"]));
        let run: Value = serde_json::from_str(&std::fs::read_to_string(data.join("run.json")).unwrap()).unwrap();
        let token = run["admin_token"].as_str().unwrap().to_owned();
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let target = Self { before: 0, server, token, client, _dir: dir };
        target.answers("at first").await;
        let before = target.resident();
        Self { before, ..target }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.server.base))
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.base.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    /// Sends these bytes, and reads until the server closes. What it cannot take any more is not sent.
    fn told(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        rest_of(&mut stream)
    }

    async fn answers(&self, after: &str) {
        let told = self.request(Method::GET, "/api/stats").send().await.unwrap();
        assert_eq!(told.status(), StatusCode::OK, "{after}");
    }

    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
    }

    /// Others are answered, the server has not grown, and nothing of it is an error of ours.
    async fn ends_well(self, after: &str) {
        self.answers(after).await;
        let grown = self.resident().saturating_sub(self.before);
        assert!(grown < ROOM, "{after}: it grew by {grown} bytes");
        let (status, _, log) = self.server.stop();
        assert!(status.success(), "{after}: {log}");
        assert!(!log.contains("panicked") && !log.contains(" ERROR "), "{after}: {log}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own file")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

fn rest_of(stream: &mut TcpStream) -> String {
    let mut told = Vec::new();
    let mut piece = [0; 16 * 1_024];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => told.extend_from_slice(&piece[..read]),
            // whoever is sent away while they send may hear of it by a reset alone
            Err(error) => {
                assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the connection stays open");
                break;
            }
        }
    }
    String::from_utf8_lossy(&told).into_owned()
}

/// Bodies that nobody should take, each with what it is.
fn bad_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str| format!("{{\"a\":{}{}}}", open.repeat(100_000), close.repeat(100_000));
    vec![
        ("empty", Vec::new()),
        ("cut off", b"{\"message\": \"hel".to_vec()),
        ("nested lists", nested("[", "]").into_bytes()),
        ("nested objects", nested("{\"a\":", "}").into_bytes()),
        ("without end", "[".repeat(500_000).into_bytes()),
        ("not UTF-8", b"{\"message\": \"\xff\xfe\"}".to_vec()),
        ("half a surrogate", br#"{"message": "\ud800", "content": "\udc00", "name": "\ud800"}"#.to_vec()),
        ("too large", format!("{{\"message\": \"{}\"}}", "x".repeat(2 << 20)).into_bytes()),
        ("a list", b"[1, 2, 3]".to_vec()),
        ("an endless number", format!("{{\"limit\": 1{}}}", "0".repeat(100_000)).into_bytes()),
    ]
}

/// Every route of the OpenAPI document that takes JSON, with an id that nobody has.
fn body_routes() -> Vec<(Method, String)> {
    let document: Value =
        serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../server/openapi.json"))).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["requestBody"]["content"]["application/json"].is_object() {
                let path = path.split('/').map(|part| if part.starts_with('{') { UNKNOWN } else { part });
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                routes.push((method, path.collect::<Vec<_>>().join("/")));
            }
        }
    }
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

const UNKNOWN: &str = "0190b5a8-7d3c-7000-8000-00000000dead";

#[tokio::test]
async fn no_route_takes_a_body_that_cannot_be_read() {
    let target = Target::start().await;
    for (method, path) in body_routes() {
        for (what, body) in bad_bodies() {
            // a body that may be left out, a file, and what stands in fields that nobody knows
            let may_be_taken =
                path == "/api/import" || matches!(what, "empty" | "half a surrogate" | "an endless number");
            let sent = target.request(method.clone(), &path).header("content-type", "application/json");
            let sent = if path.starts_with("/api/admin/") { sent.bearer_auth(&target.token) } else { sent };
            let status = match sent.body(body).send().await {
                Ok(answer) => answer.status(),
                // a body that nobody wants is not waited for
                Err(error) => {
                    assert_eq!(what, "too large", "{method} {path}: {error}");
                    continue;
                }
            };
            let refused = status.is_client_error() || status.is_success() && may_be_taken;
            assert!(refused, "{method} {path}, {what}: {status}");
        }
        let nul = r#"{"message":"a\u0000","content":"a\u0000","name":"\u0000a","query":"\u0000","x":"\u0000"}"#;
        let sent = target.request(method.clone(), &path).header("content-type", "application/json").body(nul);
        let sent = if path.starts_with("/api/admin/") { sent.bearer_auth(&target.token) } else { sent };
        let status = sent.send().await.unwrap().status();
        let refused = status.is_client_error() || path == "/api/import";
        assert!(refused, "{method} {path}, U+0000: {status}");
        let packed = target.request(method.clone(), &path).header("content-type", "application/json");
        let packed = packed.header("content-encoding", "gzip").body(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!(packed.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{method} {path}");
    }
    target.ends_well("bodies that cannot be read").await;
}

#[tokio::test]
async fn no_path_or_query_that_is_no_text_comes_far() {
    let target = Target::start().await;
    for path in [
        "/api/chat/history/%ff",
        "/api/memory/%00",
        "/api/sessions/%c0%af",
        "/api/search?q=%ff",
        "/api/search?q=%00",
        "/api/search?q=a&q=b",
        "/api/export?conversation=1",
        "/api/memory/list?limit=-1",
        "/api/memory/list?limit=99999999999999999999",
        "/api/chat/conversations?cursor=7fffffffffffffff.00000000000000000000000000000000x",
        "/%2e%2e/%2e%2e/etc/passwd%00",
    ] {
        let told =
            target.told(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes());
        assert!(told.starts_with("HTTP/1.1 4"), "{path}: {told}");
    }
    target.ends_well("paths that are no text").await;
}

#[tokio::test]
async fn heads_that_contradict_themselves_are_sent_away() {
    let target = Target::start().await;
    let post = "POST /api/memory HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let smuggled = "GET /api/stats HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let many = "x-a: b\r\n".repeat(5_000);
    let long = "a".repeat(200_000);
    for (what, sent) in [
        ("two lengths", format!("{post}content-length: 3\r\ncontent-length: 4\r\n\r\n{{}}  ")),
        ("a length below zero", format!("{post}content-length: -1\r\n\r\n")),
        ("a length that is none", format!("{post}content-length: 0x10\r\n\r\n")),
        ("a length beyond all", format!("{post}content-length: 99999999999999999999999\r\n\r\n")),
        ("an unknown coding", format!("{post}transfer-encoding: gzip\r\n\r\nabc")),
        ("chunks not at the end", format!("{post}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n")),
        ("a chunk that is none", format!("{post}transfer-encoding: chunked\r\n\r\nxyz\r\n")),
        ("a chunk beyond all", format!("{post}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n")),
        ("an extension without end", format!("{post}transfer-encoding: chunked\r\n\r\n1;{long}")),
        ("many headers", format!("GET /health/live HTTP/1.1\r\nhost: localhost\r\n{many}\r\n")),
        ("a long header", format!("GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-a: {long}\r\n\r\n")),
        ("a long path", format!("GET /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n")),
        (
            "two hosts",
            "GET /api/stats HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n".into(),
        ),
        ("no host", "GET /api/stats HTTP/1.1\r\nconnection: close\r\n\r\n".into()),
        (
            "a folded header",
            "GET /api/stats HTTP/1.1\r\nhost: localhost\r\nx-a: b\r\n c\r\nconnection: close\r\n\r\n".into(),
        ),
        ("a nul", "GET /api/stats HTTP/1.1\r\nhost: localhost\r\nx-a: \0\r\n\r\n".into()),
        ("no version", "GET /api/stats\r\n\r\n".into()),
    ] {
        let told = target.told(sent.as_bytes());
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{what}: {told}");
        assert_eq!(told.matches("HTTP/1.1 ").count(), usize::from(!told.is_empty()), "{what}: {told}");
        target.answers(what).await;
    }
    // a length beside chunks: whoever reads the one must not see another request where the other ends
    let both = format!("{post}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}");
    let told = target.told(both.as_bytes());
    assert!(told.starts_with("HTTP/1.1 4") && told.matches("HTTP/1.1 ").count() == 1, "{told}");
    target.ends_well("heads that contradict themselves").await;
}

#[tokio::test]
async fn whoever_takes_their_time_keeps_nobody_waiting() {
    let target = Target::start().await;
    let head = "POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let begun = [
        "GET /api/stats HTTP/1.1\r\nhost: local".to_owned(),
        format!("{head}content-length: 1000\r\n\r\n{{\"message\": \"he"),
        format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{\"mes"),
        String::new(),
    ];
    let mut held: Vec<TcpStream> = Vec::new();
    for round in 0..200 {
        let mut stream = target.connect();
        stream.write_all(begun[round % begun.len()].as_bytes()).unwrap();
        if round % 8 == 7 {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        held.push(stream);
    }
    target.answers("while two hundred take their time").await;
    for mut stream in held {
        let told = rest_of(&mut stream);
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 4") || told.starts_with("HTTP/1.1 504"), "{told}");
    }
    // whoever closes their half after asking gets the answer or nothing
    let mut stream = target.connect();
    stream.write_all(b"GET /api/stats HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let told = rest_of(&mut stream);
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 200"), "{told}");
    // and whoever goes away at once is not missed
    for _ in 0..200 {
        target.connect().write_all(b"GET /api/export HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    }
    target.ends_well("clients who take their time").await;
}
