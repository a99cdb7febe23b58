//! Clients that do not wait.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{lines, request_line, serve};
use crate::{
    generations::upstream::{Script, Upstream},
    server::{Server, data_dir},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_before_the_answer_or_in_the_middle_of_it_is_told_of() {
    let (_dir, data) = data_dir();
    let upstream = Upstream::start();
    let pause = Duration::from_mins(10);
    for _ in 0..2 {
        upstream.then(Script::say(["Once upon "]).then_pause(pause).then_finish("stop"));
    }
    let server = Server::start_by(serve(&data).env("OPENAI_BASE_URL", format!("{}/v1", upstream.url())));
    let unheard = server.request(Method::POST, "/api/chat").json(&json!({"message": "a tale"})).send();
    let unheard = tokio::spawn(unheard);
    while upstream.seen("/chat/completions").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    unheard.abort();
    server.wait_for_log("client_left");
    let asked = server.request(Method::POST, "/api/chat").json(&json!({"message": "a tale", "stream": true}));
    let mut answer = asked.header("x-request-id", "the-tale").send().await.unwrap();
    let mut heard = String::new();
    while !heard.contains("Once upon") {
        heard.push_str(std::str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap());
    }
    drop(answer);
    server.wait_for_log(r#""request_id":"the-tale","target":"http""#);
    server.get("/api/stats").await;
    let scraped = server.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    let log = lines(&server.kill());
    let of = |status: u16| {
        log.iter().find(|line| line["target"] == "http" && line["status"] == status && line["route"] == "/api/chat")
    };
    let (before, during) = (of(499).unwrap(), of(200).unwrap());
    assert_eq!(
        (&before["client_left"], &before["bytes"], &before["method"]),
        (&json!(true), &json!(0), &json!("POST"))
    );
    assert_eq!((&during["client_left"], &during["request_id"]), (&json!(true), &json!("the-tale")));
    let whole = request_line(&log, "/api/stats");
    assert_eq!(whole.get("client_left"), None, "{whole}");
    let counted = "jarvis_http_request_seconds_count{route=\"/api/chat\",method=\"POST\",status=\"499\"} 1";
    assert!(scraped.contains(counted), "{scraped}");
}
