use axum::{
    body::Body,
    http::{Method, Request},
};

use crate::support::{ALLOWED_ORIGIN, TestApp, request};

fn from(host: &str, origin: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().uri("/health/live").header("host", host);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn only_loopback_names_and_known_origins_come_in() {
    let app = TestApp::start().await;
    for (host, origin) in [
        ("localhost", None),
        ("127.0.0.1:8100", Some("http://localhost:8100")),
        ("[::1]:8100", Some("http://[::1]:5173")),
        ("localhost:1", Some(ALLOWED_ORIGIN)),
    ] {
        assert_eq!(app.send(from(host, origin)).await.status, 200, "{host} {origin:?}");
    }
    for (host, origin, code) in [
        ("jarvis.example.org", None, "foreign_host"),
        ("localhost.example.org:8100", None, "foreign_host"),
        ("localhost", Some("https://example.org"), "foreign_origin"),
        ("localhost", Some("null"), "foreign_origin"),
        ("localhost", Some("https://app.example.org.evil.net"), "foreign_origin"),
    ] {
        let failure = app.send(from(host, origin)).await.failure();
        assert_eq!(failure, (403, code.to_owned(), None), "{host} {origin:?}");
    }
    let nameless = Request::builder().uri("/health/live").body(Body::empty()).unwrap();
    assert_eq!(app.send(nameless).await.failure().0, 400);
    let foreign_target = Request::builder().uri("http://example.org/health/live").header("host", "localhost");
    assert_eq!(app.send(foreign_target.body(Body::empty()).unwrap()).await.failure().1, "foreign_host");
    // What is no route is guarded as well.
    let unmatched = Request::builder().uri("/nowhere").header("host", "example.org").body(Body::empty()).unwrap();
    assert_eq!(app.send(unmatched).await.failure().1, "foreign_host");
}

#[tokio::test]
async fn what_a_form_can_send_is_refused() {
    let app = TestApp::start().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "text/plain; x=application/json"] {
        let sent = request(Method::POST, "/api/memory").header("content-type", content_type);
        let failure = app.send(sent.body(Body::from("{\"content\":\"x\"}")).unwrap()).await.failure();
        assert_eq!(failure, (415, "unsupported".to_owned(), None), "{content_type}");
    }
    assert_eq!(app.get("/api/memory/list").await.json()["total"], 0);
}

#[tokio::test]
async fn only_pages_of_allowed_origins_may_read_answers() {
    let app = TestApp::start().await;
    let preflight = |origin: &str| {
        let request = request(Method::OPTIONS, "/api/chat").header("origin", origin);
        request.header("access-control-request-method", "POST").body(Body::empty()).unwrap()
    };
    let allowed = app.send(preflight(ALLOWED_ORIGIN)).await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(ALLOWED_ORIGIN));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    let local = app.send(preflight("http://localhost:3000")).await;
    assert_eq!((local.status, local.header("access-control-allow-origin")), (405, None));

    let read = app.send(from("localhost", Some(ALLOWED_ORIGIN))).await;
    assert_eq!(read.header("access-control-allow-origin"), Some(ALLOWED_ORIGIN));
    let plain = app.send(from("localhost", None)).await;
    assert_eq!((plain.header("access-control-allow-origin"), plain.header("vary")), (None, Some("origin")));
}

#[tokio::test]
async fn every_answer_carries_its_id_and_the_security_headers() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/nowhere", "/api/stats"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-request-id"), Some("test"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    }
    let fresh = app.send(from("localhost", None)).await;
    let other = app.send(from("localhost", None)).await;
    assert_ne!(fresh.header("x-request-id"), other.header("x-request-id"));
}
