//! The endpoint embedder against a server of this process.

use std::time::Duration;

use jarvis_core::{
    Error, ErrorKind,
    ports::{EmbedPurpose, HealthStatus},
    testkit::embedder_suite,
};
use jarvis_providers::embedders::{ApiKey, OpenAiEmbedder, OpenAiEmbedderOptions};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path},
};

const KEY: &str = "sk-very-secret";

fn options(server: &MockServer) -> OpenAiEmbedderOptions {
    OpenAiEmbedderOptions {
        api_key: Some(ApiKey::new(KEY)),
        dimension: Some(4),
        pause: Duration::from_millis(1),
        ..OpenAiEmbedderOptions::new(format!("{}/v1/", server.uri()), "some-model")
    }
}

/// How often each quarter of the bytes occurs: not of length 1, so that making it so is seen.
fn embedding(text: &str) -> Vec<f64> {
    let mut counts = vec![0.0; 4];
    text.bytes().enumerate().for_each(|(at, byte)| counts[usize::from(byte % 4)] += f64::from(byte) / (at + 1) as f64);
    counts
}

fn texts(request: &Request) -> Vec<String> {
    let body: Value = request.body_json().unwrap();
    assert_eq!(body["model"], "some-model");
    body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Answers as the real one, but from the last text to the first.
fn answer(request: &Request) -> ResponseTemplate {
    let texts = texts(request);
    if texts.is_empty() || texts.len() > 128 || texts.iter().any(|text| text.trim().is_empty() || text.len() > 8_000) {
        return ResponseTemplate::new(400);
    }
    let items = texts.iter().enumerate().rev();
    let data: Vec<Value> = items.map(|(i, text)| json!({"index": i, "embedding": embedding(text)})).collect();
    ResponseTemplate::new(200).set_body_json(json!({"object": "list", "data": data}))
}

fn at_embeddings() -> wiremock::MockBuilder {
    Mock::given(method("POST"))
        .and(path("/v1/embeddings"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(header("content-type", "application/json"))
}

async fn working() -> MockServer {
    let server = MockServer::start().await;
    at_embeddings().respond_with(answer).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// What a server that answers everything so is told to be.
async fn error_of(response: ResponseTemplate) -> (Error, usize) {
    let server = MockServer::start().await;
    at_embeddings().respond_with(response).mount(&server).await;
    let embedder = OpenAiEmbedder::open(options(&server)).unwrap();
    let error = embedder.embed(EmbedPurpose::Query, &["one", "two"]).await.unwrap_err();
    (error, requests(&server).await.len())
}

fn vectors(data: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "data": data }))
}

#[tokio::test]
async fn a_working_endpoint_keeps_the_contract() {
    let server = working().await;
    let embedder = OpenAiEmbedder::open(options(&server)).unwrap();
    assert!(requests(&server).await.is_empty(), "a known dimension needs no asking");
    assert_eq!(embedder.model().await.unwrap().id, "openai:some-model:4");
    embedder_suite(&*embedder).await.unwrap();
}

#[tokio::test]
async fn an_unknown_dimension_is_learned_once() {
    let server = working().await;
    let unknown = OpenAiEmbedderOptions { dimension: None, ..options(&server) };
    let embedder = OpenAiEmbedder::open(unknown).unwrap();
    assert!(requests(&server).await.is_empty(), "opening asks nobody");
    for _ in 0..2 {
        let model = embedder.model().await.unwrap();
        assert_eq!((model.id.as_str(), model.dimension), ("openai:some-model:4", 4));
    }
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn texts_go_in_batches_bounded_by_number_and_bytes() {
    let server = working().await;
    let small = OpenAiEmbedderOptions { batch_texts: 3, batch_bytes: 10, ..options(&server) };
    let embedder = OpenAiEmbedder::open(small).unwrap();
    let asked = ["a", "b", "c", "d", "", "eeeeee", "ffff", "g", "a text longer than a batch", "h"];
    assert_eq!(embedder.embed(EmbedPurpose::Passage, &asked).await.unwrap().len(), asked.len());
    let sent: Vec<Vec<String>> = requests(&server).await.iter().map(texts).collect();
    let wanted: [&[&str]; 5] =
        [&["a", "b", "c"], &["d", "eeeeee"], &["ffff", "g"], &["a text longer than a batch"], &["h"]];
    assert_eq!(sent, wanted);
}

#[tokio::test]
async fn a_long_text_is_cut_between_characters() {
    let server = working().await;
    let short = OpenAiEmbedderOptions { text_bytes: 8, ..options(&server) };
    let embedder = OpenAiEmbedder::open(short).unwrap();
    embedder.embed(EmbedPurpose::Passage, &["ééééé", "x€€€"]).await.unwrap();
    assert_eq!(texts(&requests(&server).await[0]), ["éééé", "x€€"]);
}

#[tokio::test]
async fn an_endpoint_in_trouble_is_asked_again() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "0");
    at_embeddings().respond_with(ResponseTemplate::new(503)).up_to_n_times(1).mount(&server).await;
    at_embeddings().respond_with(busy).up_to_n_times(1).mount(&server).await;
    at_embeddings().respond_with(answer).mount(&server).await;
    let embedder = OpenAiEmbedder::open(options(&server)).unwrap();
    assert_eq!(embedder.embed(EmbedPurpose::Query, &["one"]).await.unwrap().len(), 1);
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn asking_again_has_an_end() {
    let (error, requests) = error_of(ResponseTemplate::new(502)).await;
    assert_eq!((error.kind(), requests), (ErrorKind::Unavailable, 4));
    assert!(error.message().contains("HTTP 502"), "{error}");
    // who says "in an hour" is not waited for here
    let (error, requests) = error_of(ResponseTemplate::new(429).insert_header("retry-after", "3600")).await;
    assert_eq!((error.kind(), requests), (ErrorKind::Unavailable, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
}

#[tokio::test]
async fn a_refused_key_is_named_and_never_shown() {
    for status in [401, 403] {
        let echo = format!("{{\"error\":\"no such key: {KEY}\"}}");
        let (error, requests) = error_of(ResponseTemplate::new(status).set_body_string(echo)).await;
        assert_eq!((error.kind(), requests), (ErrorKind::Upstream, 1));
        assert!(error.message().contains("EMBEDDING_API_KEY"), "{error}");
        let log = format!("{error:?}");
        assert!(log.contains("no such key: …") && !log.contains(KEY), "{log}");
    }
    let server = working().await;
    let embedder = OpenAiEmbedder::open(options(&server)).unwrap();
    assert!(!format!("{embedder:?}").contains(KEY));
}

#[tokio::test]
async fn a_refused_request_is_not_repeated() {
    let (error, requests) = error_of(ResponseTemplate::new(404).set_body_string(r#"{"detail":"no such model"}"#)).await;
    assert_eq!((error.kind(), requests), (ErrorKind::Upstream, 1));
    assert!(error.message().contains("EMBEDDING_URL") && error.message().contains("EMBEDDING_MODEL"), "{error}");
    assert!(format!("{error:?}").contains("no such model"));
}

#[tokio::test]
async fn another_dimension_is_named() {
    let data = json!([{"index": 0, "embedding": [1, 2, 3]}, {"index": 1, "embedding": [1, 2, 3]}]);
    let (error, requests) = error_of(vectors(&data)).await;
    assert_eq!((error.kind(), requests), (ErrorKind::Upstream, 1));
    assert!(error.message().contains("set EMBEDDING_DIMENSION to 3"), "{error}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_refused() {
    let one = [1, 0, 0, 0];
    let huge = format!("{{\"data\":[],\"padding\":\"{}\"}}", "x".repeat(1 << 20));
    let too_many =
        json!([{"index": 0, "embedding": one}, {"index": 1, "embedding": one}, {"index": 2, "embedding": one}]);
    for (name, response) in [
        ("not JSON", ResponseTemplate::new(200).set_body_string("<html>")),
        ("other JSON", ResponseTemplate::new(200).set_body_json(json!({"answer": []}))),
        ("too few", vectors(&json!([{"index": 0, "embedding": one}]))),
        ("too many", vectors(&too_many)),
        ("twice", vectors(&json!([{"index": 1, "embedding": one}, {"index": 1, "embedding": one}]))),
        ("beyond", vectors(&json!([{"index": 1, "embedding": one}, {"index": 2, "embedding": one}]))),
        ("empty", vectors(&json!([{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]))),
        ("not finite", vectors(&json!([{"index": 0, "embedding": [1e300, 0, 0, 0]}, {"index": 1, "embedding": one}]))),
        ("too large", ResponseTemplate::new(200).set_body_string(huge)),
    ] {
        let (error, requests) = error_of(response).await;
        assert_eq!((error.kind(), error.code(), requests), (ErrorKind::Upstream, "embedding_answer", 1), "{name}");
    }
}

#[tokio::test]
async fn vectors_without_numbers_are_taken_in_order() {
    let server = MockServer::start().await;
    let data = json!([{"embedding": [2, 0, 0, 0]}, {"embedding": [0, 3, 0, 4]}]);
    at_embeddings().respond_with(vectors(&data)).mount(&server).await;
    let embedder = OpenAiEmbedder::open(options(&server)).unwrap();
    let vectors = embedder.embed(EmbedPurpose::Query, &["one", "two"]).await.unwrap();
    assert_eq!(vectors, [[1.0, 0.0, 0.0, 0.0], [0.0, 0.6, 0.0, 0.8]]);
}

#[tokio::test]
async fn a_silent_endpoint_is_given_up() {
    let server = MockServer::start().await;
    at_embeddings().respond_with(ResponseTemplate::new(200).set_delay(Duration::from_mins(1))).mount(&server).await;
    let hasty = OpenAiEmbedderOptions { timeout: Duration::from_millis(20), ..options(&server) };
    let embedder = OpenAiEmbedder::open(hasty).unwrap();
    let error = embedder.embed(EmbedPurpose::Query, &["one"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(embedder.check().await.status, HealthStatus::Unhealthy);
}

#[tokio::test]
async fn an_endpoint_that_is_away_is_named_by_its_setting() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut options = OpenAiEmbedderOptions::new(format!("http://{address}/v1"), "some-model");
    options.pause = Duration::from_millis(1);
    let error = OpenAiEmbedder::open(options.clone()).unwrap().model().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("EMBEDDING_URL"), "{error}");
    options.dimension = Some(4);
    let health = OpenAiEmbedder::open(options).unwrap().check().await;
    assert_eq!(health.status, HealthStatus::Unhealthy);
    assert!(health.error.unwrap().contains("EMBEDDING_URL"));
}

#[tokio::test]
async fn what_cannot_work_is_refused_when_opening() {
    let good = OpenAiEmbedderOptions { dimension: Some(4), ..OpenAiEmbedderOptions::new("http://host/v1", "m") };
    for url in ["", "host/v1", "ftp://host", "http://", "http://u:pw@host/v1", "http://host/v1?key=x", "not an address"]
    {
        let bad = OpenAiEmbedderOptions { base_url: url.to_owned(), ..good.clone() };
        let error = OpenAiEmbedder::open(bad).unwrap_err();
        assert!(error.message().contains("EMBEDDING_URL") && !error.message().contains("pw"), "{url}: {error}");
    }
    for (bad, field) in [
        (OpenAiEmbedderOptions { model: " ".to_owned(), ..good.clone() }, "model"),
        (OpenAiEmbedderOptions { dimension: Some(0), ..good.clone() }, "dimension"),
        (OpenAiEmbedderOptions { batch_texts: 129, ..good.clone() }, "batch_texts"),
        (OpenAiEmbedderOptions { attempts: 0, ..good.clone() }, "attempts"),
        (OpenAiEmbedderOptions { api_key: Some(ApiKey::new("two\nlines")), ..good.clone() }, "api_key"),
    ] {
        assert_eq!(OpenAiEmbedder::open(bad).unwrap_err().field(), Some(field));
    }
    let _ = OpenAiEmbedder::open(good).unwrap();
}
