use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

use crate::support::{TestApp, with_json};

fn keyed(path: &str, key: &str, body: &Value) -> Request<Body> {
    let mut request = with_json(Method::POST, path, body);
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::start().await;
    for (path, body) in [
        ("/api/chat", json!({"message": "I was born in Nantes."})),
        ("/api/memory", json!({"content": "the spare key is under the pot"})),
        ("/api/sessions", json!({"name": "garden"})),
    ] {
        let (key, other_key) = (format!("first{path}"), format!("second{path}"));
        let first = app.send(keyed(path, &key, &body)).await;
        assert_eq!(first.header("idempotency-replayed"), None, "{path}");
        let second = app.send(keyed(path, &other_key, &body)).await;
        assert_ne!(first.json()["id"], second.json()["id"], "another key is another request: {path}");
        let again = app.send(keyed(path, &key, &body)).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{path}");
        assert_eq!((again.status, again.json()), (first.status, first.json()), "{path}");
    }
    assert_eq!(app.get("/api/stats").await.json()["user"]["messages"], 4);
    app.stop().await;
}

#[tokio::test]
async fn a_streamed_replay_streams_the_stored_answer() {
    let app = TestApp::start().await;
    let body = json!({"message": "I was born in Nantes.", "stream": true});
    let first = app.send(keyed("/api/chat", "k", &body)).await;
    let again = app.send(keyed("/api/chat", "k", &body)).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let last = |text: &str| text.trim_end().rsplit_once("data: ").unwrap().1.to_owned();
    assert_eq!(last(first.text()), last(again.text()));
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_user() {
    let app = TestApp::start().await;
    let ann = json!({"content": "tea", "user_id": "ann"});
    let first = app.send(keyed("/api/memory", "k", &ann)).await.json();
    let other = app.send(keyed("/api/memory", "k", &json!({"content": "milk", "user_id": "ann"}))).await;
    assert_eq!(other.failure(), (422, "idempotency_mismatch".to_owned(), Some("Idempotency-Key".to_owned())));
    let bob = app.send(keyed("/api/memory", "k", &json!({"content": "tea", "user_id": "bob"}))).await;
    assert_eq!(bob.status, 201);
    assert_ne!(bob.json()["id"], first["id"]);
    let unusable = app.send(keyed("/api/memory", "a b", &ann)).await;
    assert_eq!(unusable.failure().2.as_deref(), Some("Idempotency-Key"));
}
