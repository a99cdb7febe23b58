use axum::{body::Body, http::Method};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::{ADMIN_TOKEN, TestApp, request};

#[tokio::test]
async fn health_tells_every_part() {
    let app = TestApp::start().await;
    let answer = app.get("/health").await;
    assert_eq!(answer.status, 200);
    let health = answer.json();
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["uptime_secs"].is_u64());
    let memory = &health["memory_usage"];
    assert!(memory["used_mb"].as_f64().unwrap() > 0.0 && memory["total_mb"].as_f64() > memory["used_mb"].as_f64());
    assert!((0.0..100.0).contains(&memory["percentage"].as_f64().unwrap()));
    assert_eq!(health["timestamp"], "2026-11-21T08:00:00.000000Z");
    for name in ["database", "memory", "search", "llm"] {
        let service = &health["services"][name];
        assert_eq!(service["status"], "healthy", "{name}");
        assert_eq!(service["last_check"], health["timestamp"], "{name}");
    }
    assert_eq!(health["services"]["memory"]["messages"], 0);
    assert_eq!(app.get("/health").await.body, answer.body, "the same bytes within a second");
}

#[tokio::test]
async fn readiness_follows_the_life_of_the_server() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/ready").await.json(), json!({"status": "ready"}));
    app.readiness.drain();
    let draining = app.get("/ready").await;
    assert_eq!(draining.failure(), (503, "draining".to_owned(), None));
    assert_eq!(draining.header("retry-after"), Some("1"));
    assert_eq!(app.get("/health/live").await.json(), json!({"status": "alive"}));
}

#[tokio::test]
async fn statistics_count_what_one_has() {
    let app = TestApp::start().await;
    app.say("hello", None).await;
    let mut stats = app.get("/api/stats").await.json();
    assert!(stats["store"]["bytes"].as_u64().unwrap() > 0);
    stats["store"]["bytes"] = "bytes".into();
    assert_json_snapshot!(stats, @r#"
    {
      "indexed": 2,
      "store": {
        "bytes": "bytes",
        "conversations": 1,
        "memories": 0,
        "messages": 2,
        "users": 1
      },
      "user": {
        "conversations": 1,
        "memories": 0,
        "messages": 2,
        "tokens": 45,
        "updated_at": "2026-11-21T08:00:00.000000Z",
        "user_id": "00000000-0000-7000-8000-000000000001"
      }
    }
    "#);
}

#[tokio::test]
async fn metrics_show_routes_process_and_store_with_bounded_labels() {
    let app = TestApp::start().await;
    app.get("/api/stats").await;
    for invented in ["/nowhere/1", "/nowhere/2"] {
        app.get(invented).await;
    }
    let answer = app.get("/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    for expected in [
        "jarvis_http_request_seconds_count{route=\"/api/stats\",method=\"GET\",status=\"2xx\"}",
        "jarvis_http_request_seconds_count{route=\"unmatched\",method=\"GET\",status=\"4xx\"}",
        "jarvis_http_requests_in_flight",
        "jarvis_index_lag_entries",
        "jarvis_service_health{service=\"database\"} 1",
        "jarvis_service_figure{service=\"memory\",figure=\"messages\"}",
        "process_resident_memory_bytes",
        "process_anonymous_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_threads",
    ] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
    assert!(!text.contains("/nowhere"), "callers must not be able to make labels");
}

#[tokio::test]
async fn the_root_says_what_this_is_to_programs() {
    let app = TestApp::start().await;
    assert_json_snapshot!(app.get("/").await.json(), @r#"
    {
      "docs": "/docs",
      "health": "/health",
      "name": "jarvis",
      "openapi": "/openapi.json",
      "version": "0.1.0"
    }
    "#);
}

#[tokio::test]
async fn a_rebuild_needs_the_token_and_ends() {
    let app = TestApp::start().await;
    app.say("hello", None).await;
    let call = |method: Method, token: &str| {
        let request = request(method, "/api/admin/reindex").header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    let refused = app.send(call(Method::POST, "guess")).await;
    assert_eq!(refused.failure(), (401, "invalid_token".to_owned(), None));
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert_eq!(app.send(call(Method::POST, ADMIN_TOKEN)).await.status, 202);
    let mut progress = json!({});
    for _ in 0..1_000 {
        progress = app.send(call(Method::GET, ADMIN_TOKEN)).await.json();
        if progress["finished"] == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(progress["running"], false, "{progress}");
    assert_eq!(app.get("/api/search?q=hello&role=user").await.json()["total"], 1);
    app.stop().await;
}
