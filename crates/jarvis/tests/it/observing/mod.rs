//! What is seen of a server from outside: its log, its traces, its figures.

mod collector;
mod leaving;
mod promql;

use std::{collections::BTreeMap, fs, path::Path, process::Command, time::Duration};

use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Method;
use serde_json::{Value, json};

use self::collector::Collector;
use crate::{
    backend::only_embedded,
    generations::upstream::{Script, Upstream},
    server::{Server, data_dir, jarvis, run, text},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const SECRET_WORDS: &str = "the heron keeps its saffron under the third step";

fn serve(data: &Path) -> Command {
    let mut command = jarvis(data);
    command.args(["serve", "--port", "0"]);
    command
}

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

fn request_line<'l>(lines: &'l [Value], route: &str) -> &'l Value {
    let of_route = |line: &&Value| line["target"] == "http" && line["route"] == route;
    lines.iter().find(of_route).unwrap_or_else(|| panic!("no line of {route}: {lines:#?}"))
}

/// The one span of this name.
fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next().unwrap_or_else(|| panic!("no span {name}: {:?}", names(spans)));
    assert!(found.next().is_none(), "several spans {name}: {:?}", names(spans));
    span
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// The names of a span and of all above it in the trace, from below.
fn lineage<'s>(spans: &'s [Span], span: &'s Span) -> Vec<&'s str> {
    let above = |span: &&'s Span| spans.iter().find(|other| other.span_id == span.parent_span_id);
    std::iter::successors(Some(span), above).map(|span| span.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_spans_of_a_chat_reach_the_collector_under_those_who_caused_them() {
    let (_dir, data) = data_dir();
    let (upstream, collector) = (Upstream::start(), Collector::start());
    let mut command = serve(&data);
    command.env("OPENAI_BASE_URL", format!("{}/v1", upstream.url())).env("OPENAI_API_KEY", "sk-quiet-key");
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url).env("OTEL_SERVICE_NAME", "jarvis-under-test");
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-token=hush");
    let server = Server::start_by(&mut command);
    let asked = server.request(Method::POST, "/api/chat").json(&json!({"message": SECRET_WORDS}));
    let asked = asked.header("traceparent", format!("00-{TRACE}-{CALLER}-01")).header("tracestate", "vendor=7");
    assert!(asked.send().await.unwrap().status().is_success());
    let (status, _, log) = server.stop();
    assert!(status.success());

    assert_eq!(collector.resource("service.name").as_deref(), Some("jarvis-under-test"));
    let heads = collector.heads();
    assert!(heads.iter().all(|head| head.starts_with("post /v1/traces ")), "{heads:?}");
    assert!(heads.iter().all(|head| head.contains("x-collector-token: hush")), "{heads:?}");
    let spans = collector.spans();
    let ours: Vec<Span> = spans.iter().filter(|span| hex(&span.trace_id) == TRACE).cloned().collect();
    let request = named(&ours, "POST /api/chat");
    assert_eq!(hex(&request.parent_span_id), CALLER);
    assert_eq!(
        lineage(&ours, named(&ours, "openai answer")),
        ["openai answer", "chat.answer", "chat.send", "POST /api/chat"]
    );
    for (what, within) in [(" write", "chat.answer"), (" search", "recall.find"), (" nearest", "recall.find")] {
        let found = ours.iter().find(|span| span.name.ends_with(what) && lineage(&ours, span).contains(&within));
        let found = found.unwrap_or_else(|| panic!("no{what} within {within}: {:?}", names(&ours)));
        assert_eq!(lineage(&ours, found).last(), Some(&"POST /api/chat"));
    }
    let sent = upstream.seen("/chat/completions").pop().unwrap();
    let expected = format!("traceparent: 00-{TRACE}-{}-01", hex(&named(&ours, "openai answer").span_id));
    assert!(sent.headers.contains(&expected), "{:?}", sent.headers);
    assert!(sent.headers.contains(&"tracestate: vendor=7".to_owned()), "{:?}", sent.headers);
    assert_eq!(request_line(&lines(&log), "/api/chat")["trace_id"], TRACE);
    let all = format!("{spans:?}");
    assert!(!all.contains("saffron") && !all.contains("sk-quiet-key"), "what was said, or a secret, in a span");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_collector_the_trace_of_the_caller_is_passed_on_as_it_is() {
    let (_dir, data) = data_dir();
    let upstream = Upstream::start();
    let server = Server::start_by(serve(&data).env("OPENAI_BASE_URL", format!("{}/v1", upstream.url())));
    let parent = format!("00-{TRACE}-{CALLER}-00");
    let asked = server.request(Method::POST, "/api/chat").json(&json!({"message": "hello"}));
    assert!(asked.header("traceparent", &parent).send().await.unwrap().status().is_success());
    let sent = upstream.seen("/chat/completions").pop().unwrap();
    assert!(sent.headers.contains(&format!("traceparent: {parent}")), "{:?}", sent.headers);
    assert_eq!(request_line(&lines(&server.stop().2), "/api/chat")["trace_id"], TRACE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_disturbs_nobody() {
    let (_dir, data) = data_dir();
    let away = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let mut command = serve(&data);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", away).env("OTEL_BSP_SCHEDULE_DELAY", "50");
    command.env("OTEL_BSP_MAX_QUEUE_SIZE", "8").env("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8");
    let server = Server::start_by(&mut command);
    for _ in 0..50 {
        server.get("/api/chat/conversations").await;
    }
    server.wait_for_log("the collector takes no traces");
    let (status, _, log) = server.stop();
    assert!(status.success());
    assert_eq!(log.matches("the collector takes no traces").count(), 1, "told once, not with every batch: {log}");

    let refused = Server::try_start(
        serve(&data)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    );
    let told = refused.err().unwrap();
    assert!(told.contains("OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`") && told.contains("http/protobuf"), "{told}");
}

/// What a running server keeps to itself in its data directory.
fn kept_secrets(data: &Path) -> Vec<String> {
    let files = ["setup.token", "jwt.key"].into_iter().filter_map(|name| fs::read_to_string(data.join(name)).ok());
    let running: Value = serde_json::from_str(&fs::read_to_string(data.join("run.json")).unwrap()).unwrap();
    let local = running["admin_token"].as_str().unwrap_or_else(|| panic!("no token in {running}")).to_owned();
    files.map(|text| text.trim().to_owned()).chain([local]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_a_line_of_the_file_and_no_secret_is_in_any() {
    let (dir, data) = data_dir();
    let (upstream, file) = (Upstream::start(), dir.path().join("jarvis.log"));
    let (_, made, _) = run(jarvis(&data).args(["user", "add", "ann", "--role", "admin", "--json"]));
    let made: Value = serde_json::from_str(if made.is_empty() { "{}" } else { &made }).unwrap();
    let mut command = serve(&data);
    command.env("AUTH_MODE", "required").env("LOG_LEVEL", "trace").env("LOG_FILE", &file);
    command.env("OPENAI_BASE_URL", format!("{}/v1", upstream.url())).env("OPENAI_API_KEY", "sk-quiet-key");
    let server = Server::start_by(&mut command);
    let password = text(&made, "password").to_owned();
    let login = |password: &str| json!({"username": "ann", "password": password});
    let (wrong, _) = server.try_ask(Method::POST, "/api/auth/login", Some(login("a-wrong-password"))).await;
    assert_eq!(wrong.as_u16(), 401);
    let said = server.ask(Method::POST, "/api/auth/login", Some(login(&password))).await;
    let (access, refresh) = (text(&said, "access_token").to_owned(), text(&said, "refresh_token").to_owned());
    let again = server.ask(Method::POST, "/api/auth/refresh", Some(json!({"refresh_token": refresh}))).await;
    let key = server
        .request(Method::POST, "/api/auth/keys")
        .bearer_auth(&access)
        .json(&json!({"name": "k", "permissions": ["chat"]}));
    let key: Value = key.send().await.unwrap().json().await.unwrap();
    let key = text(&key, "key").to_owned();
    let unknown = server.request(Method::GET, "/api/chat/running?token=in-the-query").bearer_auth(&key).send();
    assert_eq!(unknown.await.unwrap().status(), 422);
    let asked = server.request(Method::POST, "/api/chat").bearer_auth(&key).json(&json!({"message": SECRET_WORDS}));
    assert!(asked.send().await.unwrap().status().is_success());
    let streamed =
        server.request(Method::POST, "/api/chat").bearer_auth(&key).json(&json!({"message": "on", "stream": true}));
    let streamed = streamed.header("x-request-id", "streamed-one").send().await.unwrap().text().await.unwrap();

    let moved = dir.path().join("moved.log");
    fs::rename(&file, &moved).unwrap();
    server.signal("HUP");
    while !file.try_exists().unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.request(Method::GET, "/api/me").bearer_auth(&access).send().await.unwrap();
    let kept = kept_secrets(&data);
    let (status, output, told) = server.stop();
    assert!(status.success());

    let (before, after) = (fs::read_to_string(&moved).unwrap(), fs::read_to_string(&file).unwrap());
    let all = format!("{before}{after}");
    let written = lines(&all);
    let chat = request_line(&written, "/api/chat");
    assert_eq!((&chat["method"], &chat["status"]), (&json!("POST"), &json!(200)));
    for field in ["ms", "bytes"] {
        assert!(chat[field].as_f64().unwrap() > 0.0, "{chat}");
    }
    assert_eq!(chat["user"].as_str().unwrap().len(), 36, "{chat}");
    let streams = written.iter().find(|line| line["request_id"] == "streamed-one" && line["target"] == "http").unwrap();
    assert_eq!(streams["bytes"], streamed.len(), "the line is written when the answer is over: {streams}");
    assert!(after.contains("/api/me"), "{after}");
    let tokens = [text(&again, "access_token"), text(&again, "refresh_token")];
    let secrets = [&password, "a-wrong-password", &access, &refresh, &key, "sk-quiet-key", "in-the-query", "saffron"];
    for secret in secrets.into_iter().chain(tokens).chain(kept.iter().map(String::as_str)) {
        assert!(secret.len() > 6, "nothing to look for");
        assert!(!format!("{all}{output}{told}").contains(secret), "`{secret}` is in the log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_long_is_told_with_whom_it_was_for() {
    let (dir, data) = data_dir();
    let write = |thresholds: &str| {
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        fs::write(dir.path().join("jarvis.toml"), format!("[log.slow]\n{thresholds}")).unwrap();
    };
    write("request_ms = 3600000\nstore_ms = 3600000\nsearch_ms = 0\nfirst_token_ms = 1\n");
    let upstream = Upstream::start();
    let slow = || {
        Script::say(Vec::<String>::new()).then_pause(Duration::from_millis(50)).then_say(["late"]).then_finish("stop")
    };
    upstream.then(slow());
    let server = Server::start_by(serve(&data).env("OPENAI_BASE_URL", format!("{}/v1", upstream.url())));
    let say = async |id: &str| {
        let asked = server.request(Method::POST, "/api/chat").json(&json!({"message": "hello"}));
        assert!(asked.header("x-request-id", id).send().await.unwrap().status().is_success());
    };
    say("slow-one").await;
    server.wait_for_log("first token of openai");
    write("request_ms = 3600000\nstore_ms = 3600000\nsearch_ms = 0\nfirst_token_ms = 0\n");
    server.wait_for_log("reloaded log.slow.first_token_ms");
    upstream.then(slow());
    say("slow-two").await;
    let (_, _, log) = server.stop();
    let told: Vec<Value> = lines(&log).into_iter().filter(|line| line["target"] == "slow").collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (&told[0]["kind"], &told[0]["request_id"], &told[0]["level"]),
        (&json!("first_token"), &json!("slow-one"), &json!("WARN"))
    );
    assert!(told[0]["ms"].as_f64().unwrap() >= 50.0, "{told:#?}");
}

/// What a scrape shows of one family.
#[derive(Default)]
struct Family {
    kind: String,
    /// Values by label, of all series.
    labels: BTreeMap<String, Vec<String>>,
}

fn families(scraped: &str) -> BTreeMap<String, Family> {
    let mut families = BTreeMap::<String, Family>::new();
    for line in scraped.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            kind.clone_into(&mut families.entry(name.to_owned()).or_default().kind);
        } else if !line.starts_with('#') && !line.is_empty() {
            let name = line.split(['{', ' ']).next().unwrap();
            let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let family = bare.filter(|bare| families.contains_key(*bare)).unwrap_or(name).to_owned();
            let labels = line.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
            let family = families.get_mut(&family).unwrap_or_else(|| panic!("a series without a type: {line}"));
            for (label, value) in labels.split("\",").filter_map(|pair| pair.split_once("=\"")) {
                family.labels.entry(label.to_owned()).or_default().push(value.trim_end_matches('"').to_owned());
            }
        }
    }
    families
}

/// What is wrong with a query, given what a server shows.
fn check(query: &str, families: &BTreeMap<String, Family>, recorded: &[&str]) -> Vec<String> {
    /// Given by Prometheus to every series.
    const GIVEN: [&str; 2] = ["job", "instance"];
    let query = query.replace("$__rate_interval", "5m");
    let asked = match promql::parse(&query) {
        Ok(asked) => asked,
        Err(why) => return vec![format!("{why}: {query}")],
    };
    let mut wrong = Vec::new();
    for one in asked {
        if one.metric == "up" || recorded.contains(&one.metric.as_str()) {
            continue;
        }
        let of = |end: &str| one.metric.strip_suffix(end).and_then(|bare| families.get(bare));
        let histogram =
            [of("_bucket"), of("_sum"), of("_count")].into_iter().flatten().find(|family| family.kind == "histogram");
        let Some(family) = histogram.or_else(|| families.get(&one.metric)) else {
            wrong.push(format!("no server shows {}: {query}", one.metric));
            continue;
        };
        if one.as_counter && family.kind == "gauge" {
            wrong.push(format!("{} is a gauge, which has no rate: {query}", one.metric));
        }
        for (label, value) in &one.labels {
            let known = family.labels.get(label);
            if known.is_none() && !GIVEN.contains(&label.as_str()) {
                wrong.push(format!("{} has no label {label}: {query}", one.metric));
            }
            // outcomes come when they happen; everything else that is named must be there
            if let (Some(known), Some(value), false) = (known, value, ["outcome", "status"].contains(&label.as_str()))
                && !known.contains(value)
            {
                wrong.push(format!("{} never has {label}=\"{value}\": {query}", one.metric));
            }
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_of_the_dashboard_and_of_the_rules_finds_what_it_asks_for() {
    if !only_embedded("the figures of SQLite") {
        return;
    }
    let (dir, data) = data_dir();
    let (upstream, collector) = (Upstream::start(), Collector::start());
    let mut command = serve(&data);
    command.env("OPENAI_BASE_URL", format!("{}/v1", upstream.url())).env("LOG_FILE", dir.path().join("jarvis.log"));
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url);
    let server = Server::start_by(&mut command);
    server.say("I keep bees on the roof in Lisbon.", None).await;
    server.finds("bees").await;
    for route in ["/api/stats", "/api/import", "/api/chat/conversations", "/ready", "/metrics"] {
        server.request(Method::GET, route).send().await.unwrap();
    }
    server.request(Method::POST, "/api/import").json(&json!({})).send().await.unwrap();
    server.request(Method::GET, "/api/chat/stream/none").send().await.unwrap();
    server.request(Method::GET, "/ws").send().await.unwrap();
    let scraped = server.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    let families = families(&scraped);

    let (success, dashboard, _) = run(jarvis(&data).args(["monitor", "export-dashboard"]));
    assert!(success);
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let queries: Vec<String> = targets.map(|target| text(target, "expr").to_owned()).collect();
    assert!(queries.len() > 50, "{}", queries.len());
    let (success, rules, _) = run(jarvis(&data).args(["monitor", "export-rules"]));
    assert!(success);
    let of_line = |line: &str, key: &str| {
        line.trim().trim_start_matches("- ").strip_prefix(key).map(str::trim).map(str::to_owned)
    };
    let recorded: Vec<String> = rules.lines().filter_map(|line| of_line(line, "record:")).collect();
    let recorded: Vec<&str> = recorded.iter().map(String::as_str).collect();
    let ruled: Vec<String> = rules.lines().filter_map(|line| of_line(line, "expr:")).collect();
    let named =
        rules.lines().filter(|line| of_line(line, "alert:").or_else(|| of_line(line, "record:")).is_some()).count();
    assert_eq!(ruled.len(), named, "every rule has its query in one line");
    let wrong: Vec<String> =
        queries.iter().chain(&ruled).flat_map(|query| check(query, &families, &recorded)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // and what is checked can fail
    for query in [
        "rate(jarvis_nothing[5m])",
        "jarvis_queue_depth{nothing=\"x\"}",
        "rate(jarvis_queue_depth[5m])",
        "jarvis_queue_depth{queue=\"nothing\"}",
    ] {
        assert_eq!(check(query, &families, &[]).len(), 1, "{query}");
    }
}
