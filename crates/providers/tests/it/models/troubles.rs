//! Everything that a server can do wrong ends in its documented error.

use std::time::Duration;

use jarvis_core::{
    ErrorKind,
    ports::{HealthStatus, LanguageModel},
};

use super::{KEY, answer, each, ollama, openai, refusal, said};
use crate::upstream::{Script, Upstream};

#[tokio::test]
async fn every_status_means_its_error() {
    let upstream = Upstream::start();
    for (name, model) in each(&upstream) {
        for (status, headers, kind, code, retry_after) in [
            (401, &[][..], ErrorKind::Upstream, "model_key_refused", None),
            (403, &[], ErrorKind::Upstream, "model_key_refused", None),
            (400, &[], ErrorKind::Upstream, "model_refused", None),
            (302, &[], ErrorKind::Upstream, "model_refused", None),
            (429, &["retry-after: 3"], ErrorKind::Unavailable, "model_overloaded", Some(3)),
            (
                429,
                &["date: Sat, 21 Nov 2026 16:00:00 GMT", "retry-after: Sat, 21 Nov 2026 16:00:20 GMT"],
                ErrorKind::Unavailable,
                "model_overloaded",
                Some(20),
            ),
            (503, &[], ErrorKind::Unavailable, "model_overloaded", None),
            (500, &[], ErrorKind::Upstream, "model_failed", None),
            (502, &[], ErrorKind::Upstream, "model_failed", None),
        ] {
            let echo = format!("{{\"error\":\"secret words for {KEY}\",\"input\":\"{}\"}}", "sent ".repeat(500));
            upstream.then(Script::status(status, headers, &echo));
            let error = refusal(&*model, said("Hello")).await;
            assert_eq!((error.kind(), error.code()), (kind, code), "{name} {status}");
            assert_eq!(error.retry_after(), retry_after.map(Duration::from_secs), "{name} {status}");
            assert!(!error.message().contains("secret"), "{error}");
            assert!(
                code == "model_overloaded"
                    || error.message().contains(name)
                    || error.message().contains("KEY")
                    || error.message().contains("TOKEN"),
                "{name}: {error}"
            );
            let log = format!("{error:?}");
            assert!(log.contains("secret words"), "{log}");
            assert!(name == "OLLAMA_URL" || !log.contains(KEY), "{log}");
            assert!(!log.contains("sent "), "what was sent is not repeated: {log}");
        }
    }
}

#[tokio::test]
async fn a_refused_key_is_named_by_its_setting() {
    let upstream = Upstream::start();
    let mut messages = Vec::new();
    for (_, model) in each(&upstream) {
        assert!(!format!("{model:?}").contains(KEY));
        upstream.then(Script::status(401, &[], ""));
        messages.push(refusal(&*model, said("Hello")).await.to_string());
    }
    insta::assert_snapshot!(messages.join("\n"), @"
    the language model's server refuses our key; set OPENAI_API_KEY to one that it accepts
    the language model's server refuses us; let it answer without a key, or check OLLAMA_URL
    the language model's server refuses our key; set PYTHON_BRIDGES_TOKEN to one that it accepts
    ");
}

#[tokio::test]
async fn an_error_under_the_status_of_a_success_is_one() {
    let upstream = Upstream::start();
    for (name, model) in each(&upstream) {
        upstream.then(Script::default().then_error("the GPU fell out"));
        let error = refusal(&*model, said("Hello")).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Upstream, "model_failed"), "{name}");
        assert!(error.message().contains(name) && !error.message().contains("GPU"), "{error}");
        assert!(format!("{error:?}").contains("GPU"), "{error:?}");
    }
    for model in [&*openai(&upstream) as &dyn LanguageModel, &*ollama(&upstream)] {
        upstream.then(Script::say(["half ", "an "]).then_error("the GPU fell out"));
        let (text, end) = answer(model, said("Hello")).await;
        assert_eq!((text.as_str(), end.unwrap_err().code()), ("half an ", "model_failed"));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_apart_by_when() {
    let upstream = Upstream::start();
    for (name, model) in each(&upstream) {
        upstream.then(Script::default().then_cut());
        let error = refusal(&*model, said("Hello")).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "model_unreachable"), "{name}");
        assert!(error.message().contains(name), "{error}");
    }
    for model in [&*openai(&upstream) as &dyn LanguageModel, &*ollama(&upstream)] {
        for broken in [Script::say(["half ", "an "]).then_cut(), Script::say(["half ", "an "]).then_raw("")] {
            upstream.then(broken);
            let (text, end) = answer(model, said("Hello")).await;
            assert_eq!((text.as_str(), end.unwrap_err().code()), ("half an ", "model_hung_up"));
        }
        upstream.then(Script::default().then_raw(""));
        assert_eq!(refusal(model, said("Hello")).await.code(), "model_hung_up");
    }
}

#[tokio::test]
async fn rubbish_is_no_answer() {
    let upstream = Upstream::start();
    for (name, model) in each(&upstream) {
        let long = "x".repeat((4 << 20) + 1);
        for rubbish in
            ["<html>Please log in</html>", "data: {\"choices\":[{\n\n", "{]", "[]", "\u{0}\n\n", long.as_str()]
        {
            upstream.then(Script::default().then_raw(rubbish));
            let error = refusal(&*model, said("Hello")).await;
            let start = rubbish.get(..9);
            assert_eq!((error.kind(), error.code()), (ErrorKind::Upstream, "model_answer"), "{name}: {start:?}");
            assert!(error.message().contains(name) && !error.message().contains("html"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_the_callers_to_mend() {
    let upstream = Upstream::start();
    let llama = r#"{"error":{"code":400,"message":"request (39023 tokens) exceeds the available context size (1024
        tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":39023,"n_ctx":1024}}"#;
    let openai = r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#;
    for (name, model) in each(&upstream) {
        for (status, body) in [(400, llama), (400, openai), (500, llama)] {
            upstream.then(Script::status(status, &[], body));
            let error = refusal(&*model, said("Hello")).await;
            assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "context_exceeded"), "{name}");
            assert_eq!(error.field(), Some("message"));
        }
        upstream.then(Script::default().then_error("the request exceeds the available context size"));
        assert_eq!(refusal(&*model, said("Hello")).await.code(), "context_exceeded");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_named_by_its_setting() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let away = Upstream::at(&address);
    for (name, model) in each(&away) {
        let error = refusal(&*model, said("Hello")).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "model_unreachable"), "{name}");
        assert!(error.message().contains(name), "{error}");
        let health = model.check().await;
        assert_eq!(health.status, HealthStatus::Unhealthy);
        assert!(health.error.unwrap().contains(name));
        assert_eq!(model.models().await.unwrap_err().code(), "model_unreachable");
    }
}

#[tokio::test]
async fn a_check_does_not_wait_for_ever() {
    let upstream = Upstream::start();
    for path in ["/v1/models", "/api/tags", "/api/llm/models"] {
        upstream.always(path, Script::hang());
    }
    let models = each(&upstream);
    let checks = futures_util::future::join_all(models.iter().map(|(_, model)| model.check())).await;
    for ((name, _), health) in models.iter().zip(checks) {
        assert_eq!(health.status, HealthStatus::Unhealthy);
        assert!(health.error.unwrap().contains(name));
    }
}
