//! How often people and addresses may ask.

use std::time::Duration;

use axum::{body::Body, http::Method};
use jarvis_core::policy::{
    networks::TrustedProxies,
    request_limits::{ClassLimits, RequestLimits},
};
use jarvis_server::{Policy, Settings};
use serde_json::json;

use crate::support::{Answer, TestApp, request};

const READ: usize = 3;
const SEARCH: usize = 4;

/// So many of one class in a minute; all others are not limited.
fn only(class: usize, count: u32) -> ClassLimits {
    let mut counts = [0; 7];
    counts[class] = count;
    ClassLimits::per_minute(counts).unwrap()
}

fn policy(user: ClassLimits, address: ClassLimits) -> Policy {
    let trusted_proxies = TrustedProxies::new(vec!["127.0.0.1".parse().unwrap()]);
    let requests = RequestLimits { user, address, loopback: false };
    Policy { requests, trusted_proxies, ..Policy::default() }
}

async fn start(policy: Policy) -> TestApp {
    TestApp::start_as(|options| options.settings = Settings::new(policy)).await
}

async fn from(app: &TestApp, client: &str, path: &str) -> Answer {
    let asked = request(Method::GET, path).header("x-forwarded-for", client);
    app.send(asked.body(Body::empty()).unwrap()).await
}

fn allowance(answer: &Answer) -> (u16, [Option<&str>; 4]) {
    let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"];
    (answer.status, names.map(|name| answer.header(name)))
}

#[tokio::test]
async fn a_person_who_asks_too_often_is_told_when_to_go_on() {
    let app = start(policy(only(READ, 2), ClassLimits::default())).await;
    assert_eq!(allowance(&app.get("/api/stats").await), (200, [Some("2"), Some("1"), Some("30"), None]));
    assert_eq!(allowance(&app.get("/api/memory/list").await), (200, [Some("2"), Some("0"), Some("60"), None]));
    let refused = app.get("/api/stats").await;
    assert_eq!(allowance(&refused), (429, [Some("2"), Some("0"), Some("60"), Some("30")]));
    assert_eq!(refused.failure(), (429, "rate_limited".to_owned(), None));
    let metrics = app.get("/metrics").await;
    let counted = "jarvis_http_limited_total{class=\"read\",by=\"user\"} 1";
    assert!(metrics.text().contains(counted), "{}", metrics.text());

    assert_eq!(allowance(&app.get("/api/search?q=x").await), (200, [None; 4]), "another class");
    assert_eq!(allowance(&app.get("/health/live").await), (200, [None; 4]), "a probe");
    app.post("/api/memory", &json!({"content": "a", "user_id": "ann"})).await;
    assert_eq!(app.get("/api/stats?user_id=ann").await.status, 200, "another person");
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(allowance(&app.get("/api/stats").await), (200, [Some("2"), Some("0"), Some("60"), None]));
}

#[tokio::test]
async fn an_address_is_that_of_the_client_and_an_ipv6_network_is_one() {
    let app = start(policy(ClassLimits::default(), only(READ, 1))).await;
    for (client, status) in [
        ("203.0.113.9", 200),
        ("203.0.113.9", 429),
        ("127.0.0.1, 203.0.113.9", 429),
        ("203.0.113.10", 200),
        ("2001:db8:1:2::1", 200),
        ("2001:db8:1:2:3::9", 429),
        ("2001:db8:1:3::1", 200),
    ] {
        assert_eq!(from(&app, client, "/api/stats").await.status, status, "{client}");
    }
    assert_eq!(from(&app, "203.0.113.9", "/nowhere").await.status, 429, "what is no route is counted as well");
    for _ in 0..3 {
        assert_eq!(allowance(&app.get("/api/stats").await), (200, [None; 4]), "programs of this machine share theirs");
    }
}

#[tokio::test]
async fn the_tighter_of_two_limits_is_told_and_a_new_policy_counts_at_once() {
    let settings = Settings::new(policy(only(SEARCH, 50), only(SEARCH, 60)));
    let app = TestApp::start_as(|options| options.settings = settings.clone()).await;
    let limit = |answer: &Answer| answer.header("x-ratelimit-limit").map(str::to_owned);
    assert_eq!(limit(&from(&app, "203.0.113.9", "/api/search?q=x").await).as_deref(), Some("50"));
    settings.replace(policy(only(SEARCH, 50), only(SEARCH, 40)));
    assert_eq!(limit(&from(&app, "203.0.113.9", "/api/search?q=x").await).as_deref(), Some("40"));
    settings.replace(policy(ClassLimits::default(), ClassLimits::default()));
    assert_eq!(limit(&from(&app, "203.0.113.9", "/api/search?q=x").await), None);
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_policy_says() {
    let policy = Policy { max_body_bytes: 100, ..Policy::default() };
    let app = start(policy).await;
    assert_eq!(app.post("/api/memory", &json!({"content": "x".repeat(50)})).await.status, 201);
    let refused = app.post("/api/memory", &json!({"content": "x".repeat(90)})).await;
    assert_eq!(refused.failure(), (413, "too_large".to_owned(), None));
    assert!(refused.text().contains("at most 100 bytes"), "{}", refused.text());
}
