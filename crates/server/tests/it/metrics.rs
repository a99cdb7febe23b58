//! What `/metrics` shows after the real router has worked: every family is explained and bears a name of its kind, and
//! nothing that a caller invents becomes a label.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, http::Method};
use serde_json::json;

use crate::support::{TestApp, UNKNOWN_ID, request};

/// Every label there is, all of them words of the program.
const LABELS: [&str; 22] = [
    "act",
    "by",
    "cache",
    "class",
    "code",
    "collection",
    "direction",
    "figure",
    "index",
    "kind",
    "le",
    "method",
    "of",
    "operation",
    "outcome",
    "pool",
    "provider",
    "queue",
    "reason",
    "route",
    "service",
    "status",
];
/// What the names of histograms end with: their unit.
const UNITS: [&str; 2] = ["_seconds", "_units"];

#[derive(Debug, Default)]
struct Family {
    kind: String,
    help: String,
    series: BTreeSet<String>,
}

fn families(text: &str) -> BTreeMap<String, Family> {
    let mut families = BTreeMap::<String, Family>::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let comment = line.strip_prefix("# ").and_then(|rest| rest.split_once(' '));
        if let Some((kind, (name, rest))) = comment.and_then(|(kind, rest)| Some((kind, rest.split_once(' ')?))) {
            let family = families.entry(name.to_owned()).or_default();
            rest.clone_into(if kind == "TYPE" { &mut family.kind } else { &mut family.help });
            continue;
        }
        let series = line.rsplit_once(' ').unwrap().0;
        let name = series.split('{').next().unwrap();
        let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let family = bare.filter(|bare| families.contains_key(*bare)).unwrap_or(name).to_owned();
        let family = families.get_mut(&family).unwrap_or_else(|| panic!("no type: {line}"));
        // who gives up when is a matter of time
        if !series.contains("outcome=\"cancelled\"") {
            family.series.insert(series.to_owned());
        }
    }
    families
}

/// Everything that makes labels, on behalf of a name that nobody else has.
async fn work(app: &TestApp, name: &str) {
    let user = format!("user_id={name}");
    let said =
        app.post("/api/chat", &json!({"message": format!("I am {name}."), "user_id": name, "model": null})).await;
    assert_eq!(said.status, 200, "{}", said.text());
    app.get(&format!("/api/search?q={name}&mode=hybrid&{user}")).await;
    app.get(&format!("/api/chat/history/{}?{user}", said.json()["conversation_id"].as_str().unwrap())).await;
    app.get(&format!("/api/chat/history/{UNKNOWN_ID}?{user}")).await;
    app.get(&format!("/{name}/{name}")).await;
    app.post("/api/chat", &json!({"message": "x", "model": name})).await;
    app.post("/api/memory", &json!({"content": format!("{name} was here"), "user_id": name})).await;
    app.post("/api/auth/login", &json!({"username": name, "password": name.repeat(3)})).await;
    let method = Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
    app.send(request(method, "/api/stats").body(Body::empty()).unwrap()).await;
    app.embedded().await;
}

async fn scrape(app: &TestApp) -> BTreeMap<String, Family> {
    families(app.get("/metrics").await.text())
}

#[tokio::test]
async fn every_family_is_explained_and_no_caller_makes_a_label() {
    let app = TestApp::start().await;
    app.get("/metrics").await;
    work(&app, "zebulon").await;
    work(&app, "philomena").await;
    let first = scrape(&app).await;
    for expected in [
        "jarvis_auth_total",
        "jarvis_cache_lookups_total",
        "jarvis_call_seconds",
        "jarvis_http_limited_total",
        "jarvis_http_request_seconds",
        "jarvis_index_lag_entries",
        "jarvis_pool_capacity",
        "jarvis_pool_in_use",
        "jarvis_pool_size",
        "jarvis_pool_wait_seconds",
        "jarvis_queue_capacity",
        "jarvis_queue_depth",
        "jarvis_queue_rejected_total",
        "jarvis_queue_wait_seconds",
        "process_max_fds",
        "process_start_time_seconds",
    ] {
        assert!(first.contains_key(expected), "no {expected} among {:?}", first.keys());
    }
    for (name, family) in &first {
        assert!(family.help.ends_with('.'), "{name} is not explained: {family:?}");
        let is_ours = name.starts_with("jarvis_") || name.starts_with("process_");
        assert!(is_ours && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        match family.kind.as_str() {
            "counter" => assert!(name.ends_with("_total"), "{name} is a counter"),
            "histogram" => assert!(UNITS.iter().any(|unit| name.ends_with(unit)), "{name} does not say its unit"),
            "gauge" => assert!(!name.ends_with("_total"), "{name} is a gauge"),
            other => panic!("{name} is a {other}"),
        }
        for series in &family.series {
            let labels = series.split_once('{').map_or("", |(_, labels)| labels);
            let labels = labels.split(['{', ',']).filter_map(|pair| pair.split_once("=\"").map(|(label, _)| label));
            for label in labels {
                assert!(LABELS.contains(&label), "{label} in {series}");
            }
            for invented in ["zebulon", "philomena", "ZEBULON", UNKNOWN_ID, "00000000-"] {
                assert!(!series.contains(invented), "{series}");
            }
        }
    }
    work(&app, "melchior").await;
    let second = scrape(&app).await;
    for (name, family) in second {
        let known = &first.get(&name).unwrap_or_else(|| panic!("{name} came with another name")).series;
        assert_eq!(&family.series, known, "{name} grows with those who ask");
    }
}

#[tokio::test]
async fn queues_and_pools_are_empty_again_when_nothing_runs() {
    let app = TestApp::start().await;
    work(&app, "zebulon").await;
    let scraped = app.get("/metrics").await;
    let left: Vec<&str> = scraped
        .text()
        .lines()
        .filter(|line| line.starts_with("jarvis_queue_depth{") || line.starts_with("jarvis_pool_in_use{"))
        .filter(|line| !line.ends_with(" 0"))
        // indexers and the scrape itself read all the time
        .filter(|line| !line.contains("sqlite"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
