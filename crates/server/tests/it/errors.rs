use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;

use crate::support::{TestApp, UNKNOWN_ID, request};

fn with_body(method: Method, path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    request(method, path).header("content-type", content_type).body(body.into()).unwrap()
}

#[tokio::test]
async fn every_refusal_has_the_same_shape() {
    let app = TestApp::start().await;
    let post = |path: &str, body: &str| with_body(Method::POST, path, "application/json", body.to_owned());
    let get = |path: &str| request(Method::GET, path).body(Body::empty()).unwrap();
    let plain =
        with_body(Method::PATCH, &format!("/api/memory/{UNKNOWN_ID}"), "application/json", "{\"importance\":\"high\"}");
    let deep = format!(r#"{{"message": "a", "unread": {}{}}}"#, "[".repeat(100), "]".repeat(100));
    let not_utf8 = with_body(Method::POST, "/api/chat", "application/json", b"{\"message\":\"\xff\"}".to_vec());
    let heavy =
        request(Method::GET, "/api/stats").header("x-filler", "x".repeat(40 << 10)).body(Body::empty()).unwrap();
    let cases = [
        (post("/api/chat", "{"), 400, "malformed", None),
        (post("/api/chat", ""), 400, "malformed", None),
        (post("/api/chat", "{}"), 422, "invalid", Some("message")),
        (post("/api/chat", r#"{"message": 7}"#), 422, "invalid", Some("message")),
        (post("/api/chat", r#"{"message": "  "}"#), 422, "invalid", Some("message")),
        (post("/api/chat", r#"{"message": "a\u0000b"}"#), 422, "invalid", Some("message")),
        (post("/api/chat", r#"{"message": "a", "conversation_id": "7"}"#), 422, "invalid", Some("conversation_id")),
        (post("/api/chat", r#"{"message": "a", "temperature": 3}"#), 422, "invalid", Some("temperature")),
        (post("/api/chat?user_id=ann", r#"{"message": "a", "user_id": "bob"}"#), 422, "invalid", Some("user_id")),
        (post("/api/chat", r#"{"message": "a", "user_id": "no spaces"}"#), 422, "invalid", Some("user_id")),
        (post("/api/memory", r#"{"content": "a", "kind": "eternal"}"#), 422, "invalid", Some("kind")),
        (
            post("/api/memory", r#"{"content": "a", "metadata": {"k": ["\u0000"]}}"#),
            422,
            "invalid",
            Some("metadata.k.0"),
        ),
        (post("/api/memory", r#"{"content": "a", "metadata": []}"#), 422, "invalid", Some("metadata")),
        (plain, 422, "invalid", Some("importance")),
        (post("/api/chat", &deep), 400, "too_deep", None),
        (not_utf8, 400, "malformed", None),
        (get(&format!("/api/search?q={}", "x".repeat(17 << 10))), 414, "uri_too_long", None),
        (heavy, 431, "headers_too_large", None),
        (get("/api/chat/history"), 422, "invalid", Some("conversation_id")),
        (get("/api/chat/history?conversation_id=7"), 422, "invalid", Some("conversation_id")),
        (get("/api/chat/conversation/7"), 422, "invalid", Some("id")),
        (get("/api/chat/conversations?limit=0"), 422, "invalid", Some("limit")),
        (get("/api/chat/conversations?limit=many"), 422, "invalid", Some("limit")),
        (get("/api/chat/conversations?cursor=x"), 422, "invalid", Some("cursor")),
        (get("/api/chat/conversations?q=a%00b"), 422, "invalid", Some("q")),
        (get("/api/search"), 422, "invalid", Some("q")),
        (get("/api/search?q=a&mode=smell"), 422, "invalid", Some("mode")),
        (get("/api/search?q=a&limit=201"), 422, "invalid", Some("limit")),
        (get("/api/search?q=a&from=tomorrow"), 422, "invalid", Some("from")),
        (get("/api/stats?user_id=%C3%A9"), 422, "invalid", Some("user_id")),
        (get("/nowhere"), 404, "no_route", None),
        (get("/docs/nothing.js"), 404, "no_route", None),
        (get("/api/admin/reindex"), 401, "unauthenticated", None),
        (with_body(Method::POST, "/api/chat", "multipart/form-data; boundary=x", "x"), 415, "unsupported", None),
        (with_body(Method::POST, "/api/chat", "text/plain", "{}"), 415, "unsupported", None),
        (request(Method::POST, "/api/chat").body(Body::from("{}")).unwrap(), 415, "unsupported", None),
    ];
    for (request, status, code, field) in cases {
        let what = format!("{} {}", request.method(), request.uri());
        let failure = app.send(request).await.failure();
        assert_eq!(failure, (status, code.to_owned(), field.map(str::to_owned)), "{what}");
    }
}

#[tokio::test]
async fn what_would_be_misunderstood_is_refused() {
    let app = TestApp::start().await;
    let post = |path: &str, body: &'static str| with_body(Method::POST, path, "application/json", body);
    let get = |path: &str| request(Method::GET, path).body(Body::empty()).unwrap();
    let packed = request(Method::POST, "/api/chat").header("content-type", "application/json");
    let of_stream = format!("/api/chat/stream/{UNKNOWN_ID}?last_event_id=many");
    let both = request(Method::GET, &of_stream).header("last-event-id", "7").body(Body::empty()).unwrap();
    let cases = [
        (get("/api/search?q=%ff"), 400, "malformed", None),
        (get("/api/export?conversation=1"), 422, "unknown_parameter", Some("conversation")),
        (post("/api/auth/login?q=1", "{}"), 422, "unknown_parameter", Some("q")),
        (both, 422, "invalid", Some("last_event_id")),
        (post("/api/auth/keys", r#"{"name": "a", "permissions": ["chat"]}"#), 409, "no_account", None),
        (with_body(Method::PATCH, "/api/me", "application/json", r#"{"time_zone": "UTC"}"#), 409, "no_account", None),
        (packed.header("content-encoding", "gzip").body(Body::from("{}")).unwrap(), 415, "unsupported", None),
    ];
    for (request, status, code, field) in cases {
        let what = format!("{} {}", request.method(), request.uri());
        let failure = app.send(request).await.failure();
        assert_eq!(failure, (status, code.to_owned(), field.map(str::to_owned)), "{what}");
    }
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let app = TestApp::start().await;
    let answer = app.delete("/api/memory/list").await;
    assert_eq!(answer.failure(), (405, "method_not_allowed".to_owned(), None));
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    let answer = app.send(request(Method::PUT, "/api/sessions").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow").map(|allow| allow.contains("POST")), Some(true));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_and_without_its_length_told() {
    let app = TestApp::start().await;
    let large = format!("{{\"message\":\"{}\"}}", "x".repeat(1 << 20));
    let told = with_body(Method::POST, "/api/chat", "application/json", large.clone());
    assert_eq!(app.send(told).await.failure(), (413, "too_large".to_owned(), None));
    let pieces = large.into_bytes().chunks(10_000).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
    let untold = Body::from_stream(futures_util::stream::iter(pieces));
    let untold = with_body(Method::POST, "/api/chat", "application/json", untold);
    assert_eq!(app.send(untold).await.failure(), (413, "too_large".to_owned(), None));
    let long = app.post("/api/chat", &json!({"message": "x".repeat(100_001)})).await;
    assert_eq!(long.failure(), (422, "invalid".to_owned(), Some("message".to_owned())));
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_a_body_may_come_in_pieces() {
    let app = TestApp::start().await;
    let body = r#"{"content": "in pieces", "invented": {"a": [1, null]}}"#;
    let pieces = body.as_bytes().chunks(7).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let answer = app.send(with_body(Method::POST, "/api/memory", "application/json; charset=utf-8", body)).await;
    assert_eq!((answer.status, &answer.json()["content"]), (201, &json!("in pieces")));
}
