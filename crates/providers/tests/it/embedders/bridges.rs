//! The embedder of the Python bridges against a server of this process.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jarvis_core::{Error, ErrorKind, ports::EmbedPurpose, testkit::embedder_suite};
use jarvis_providers::{
    ApiKey,
    embedders::{BridgesEmbedder, BridgesEmbedderOptions},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path},
};

const KEY: &str = "sk-very-secret";

fn options(server: &MockServer) -> BridgesEmbedderOptions {
    BridgesEmbedderOptions {
        token: Some(ApiKey::new(KEY)),
        pause: Duration::from_millis(1),
        ..BridgesEmbedderOptions::new(server.uri())
    }
}

fn written(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
}

fn item(text: &str, vector: &[f32]) -> Value {
    json!({"text": text, "vector": written(vector), "dimension": vector.len()})
}

/// How often each quarter of the bytes occurs.
fn embedding(text: &str) -> [f32; 4] {
    let mut counts = [0.0; 4];
    text.bytes().enumerate().for_each(|(at, byte)| counts[usize::from(byte % 4)] += f32::from(byte) / (at + 1) as f32);
    counts
}

fn answer(request: &Request) -> ResponseTemplate {
    let body: Value = request.body_json().unwrap();
    let texts: Vec<&str> = body["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let items: Vec<Value> = texts.iter().map(|text| item(text, &embedding(text))).collect();
    ResponseTemplate::new(200).set_body_json(json!({"embeddings": items, "count": items.len()}))
}

fn at_batch() -> wiremock::MockBuilder {
    Mock::given(method("POST"))
        .and(path("/api/embeddings/embed-batch"))
        .and(header("authorization", format!("Bearer {KEY}")))
}

async fn error_of(response: ResponseTemplate) -> Error {
    let server = MockServer::start().await;
    at_batch().respond_with(response).mount(&server).await;
    let embedder = BridgesEmbedder::open(BridgesEmbedderOptions { dimension: Some(4), ..options(&server) }).unwrap();
    embedder.embed(EmbedPurpose::Query, &["one", "two"]).await.unwrap_err()
}

#[tokio::test]
async fn working_bridges_keep_the_contract() {
    let server = MockServer::start().await;
    at_batch().respond_with(answer).mount(&server).await;
    let embedder = BridgesEmbedder::open(options(&server)).unwrap();
    assert_eq!(embedder.model().await.unwrap().id, "bridges:4");
    embedder_suite(&*embedder).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_refused() {
    let good = item("one", &[1.0, 0.0, 0.0, 0.0]);
    let of = |items: Value| ResponseTemplate::new(200).set_body_json(json!({ "embeddings": items }));
    for (code, response) in [
        ("embedding_answer", ResponseTemplate::new(200).set_body_string("<html>")),
        ("embedding_answer", ResponseTemplate::new(200).set_body_json(json!({"error": "no model"}))),
        ("embedding_answer", of(json!([good]))),
        ("embedding_answer", of(json!([good, {"vector": "not base64!"}]))),
        ("embedding_answer", of(json!([good, {"vector": STANDARD.encode([1, 2, 3, 4, 5])}]))),
        ("embedding_answer", of(json!([good, {"vector": ""}]))),
        ("embedding_answer", of(json!([good, item("two", &[1.0, f32::NAN, 0.0, 0.0])]))),
        ("embedding_dimension", of(json!([good, item("two", &[1.0, 0.0])]))),
        ("embedding_refused", ResponseTemplate::new(400).set_body_json(json!({"error": "texts required"}))),
        ("embedding_key_refused", ResponseTemplate::new(401)),
    ] {
        let error = error_of(response).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Upstream, code), "{error:?}");
    }
    let error = error_of(ResponseTemplate::new(500).set_body_string("{\"error\":\"x\"}")).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("PYTHON_BRIDGES_URL"), "{error}");
}
