use std::time::Duration;

use jarvis_core::{
    ErrorKind,
    ports::{FinishReason, HealthStatus, LanguageModel as _, ModelParams, ModelRequest, TokenUsage},
    testkit::language_model_suite,
    types::Role,
};
use jarvis_providers::models::ollama::{OllamaModel, OllamaModelOptions};

use super::{answer, ollama, refusal, request, said};
use crate::upstream::{PROMPT_TOKENS, Script, Upstream};

#[tokio::test]
async fn a_working_ollama_keeps_the_contract() {
    let upstream = Upstream::start();
    language_model_suite(&*ollama(&upstream)).await.unwrap();
}

#[tokio::test]
async fn what_is_sent() {
    let upstream = Upstream::start();
    let options = OllamaModelOptions {
        default_model: Some("other".into()),
        keep_alive: Some("-1".into()),
        ..OllamaModelOptions::new(format!("{}/", upstream.url()))
    };
    let model = OllamaModel::open(options).unwrap();
    let turns = request(&[(Role::System, "Be kind."), (Role::User, "Hello you there")]);
    let params = ModelParams { temperature: Some(0.2), max_tokens: Some(2) };
    let (text, end) = answer(&*model, ModelRequest { params, model: Some("tiny:latest".into()), ..turns }).await;
    let end = end.unwrap();
    assert_eq!((text.as_str(), end.finish_reason), ("ACK::Hello you ", FinishReason::Length));
    assert_eq!(end.usage, Some(TokenUsage { prompt_tokens: PROMPT_TOKENS as u32, completion_tokens: 2 }));
    answer(&*model, said(&"word ".repeat(5_000))).await.1.unwrap();
    answer(&*model, said("Hello")).await.1.unwrap();
    let [first, long, last] = &upstream.seen("/api/chat")[..] else { panic!("three requests") };
    insta::assert_snapshot!(first.body, @r#"{"model":"tiny:latest","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hello you there"}],"stream":true,"keep_alive":-1,"options":{"num_ctx":4096,"temperature":0.2,"num_predict":2}}"#);
    assert!(long.body.ends_with(r#""keep_alive":-1,"options":{"num_ctx":8192}}"#), "the window holds the prompt");
    insta::assert_snapshot!(last.body, @r#"{"model":"other","messages":[{"role":"user","content":"Hello"}],"stream":true,"keep_alive":-1,"options":{"num_ctx":8192}}"#);
    let shown: Vec<_> = upstream.seen("/api/show").into_iter().map(|seen| seen.body).collect();
    assert_eq!(shown, [r#"{"model":"tiny:latest"}"#, r#"{"model":"other"}"#], "each model is asked about once");
}

#[tokio::test]
async fn models_are_told_with_their_context_and_the_default_first() {
    let upstream = Upstream::start();
    for default in ["other", "other:latest"] {
        let options =
            OllamaModelOptions { default_model: Some(default.into()), ..OllamaModelOptions::new(upstream.url()) };
        let model = OllamaModel::open(options).unwrap();
        let told: Vec<_> =
            model.models().await.unwrap().into_iter().map(|m| (m.id, m.provider, m.context_tokens)).collect();
        let wanted = [("other", "ollama", Some(8_192)), ("tiny", "ollama", Some(8_192))];
        assert_eq!(told, wanted.map(|(id, provider, context)| (id.to_owned(), provider, context)));
        let health = model.check().await;
        assert_eq!((health.status, health.figures.as_slice()), (HealthStatus::Healthy, &[("models", 2)][..]));
    }
}

#[tokio::test]
async fn a_model_that_is_not_pulled_comes_with_what_to_do() {
    let upstream = Upstream::start();
    let missing = Script::status(404, &[], r#"{"error":"model 'gone:7b' not found"}"#);
    upstream.always("/api/show", missing.clone());
    let model = ollama(&upstream);
    let error = refusal(&*model, ModelRequest { model: Some("gone:7b".into()), ..said("Hello") }).await;
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("model")));
    insta::assert_snapshot!(error, @r#"there is no model "gone:7b" here; known models: tiny, other; to get it, run `ollama pull gone:7b`"#);
    let error = refusal(&*model, ModelRequest { model: Some("gone; rm -rf".into()), ..said("Hello") }).await;
    assert!(!error.message().contains("run `"), "{error}");
    upstream.always("/api/show", Script::status(200, &[], "{}"));
    upstream.then(missing);
    let error = refusal(&*model, ModelRequest { model: Some("gone:7b".into()), ..said("Hello") }).await;
    assert_eq!(error.field(), Some("model"));
    upstream.always("/api/tags", Script::status(200, &[], r#"{"models":[]}"#));
    let error = refusal(&*ollama(&upstream), said("Hello")).await;
    assert!(error.message().contains("ollama pull"), "{error}");
}

#[tokio::test]
async fn a_prompt_longer_than_the_model_takes_is_not_cut_in_silence() {
    let upstream = Upstream::start();
    let error = refusal(&*ollama(&upstream), said(&"word ".repeat(10_000))).await;
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "context_exceeded"));
    assert!(upstream.seen("/api/chat").is_empty());
}

#[tokio::test]
async fn lines_are_understood_however_they_come() {
    let upstream = Upstream::start();
    let model = ollama(&upstream);
    let thinking = r#"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#;
    let text = r#"{"message":{"role":"assistant","content":"H\u00e9 é"},"done":false}"#;
    for end in [
        r#"{"message":{"content":""},"done":true,"done_reason":"stop","eval_count":2}"#,
        r#"{"done":true,"done_reason":"load","total_duration":1.5}"#,
    ] {
        let body = format!("{thinking}\n\n{text}\r\n{end}");
        for drip in [false, true] {
            let script = Script::default();
            upstream.then(if drip {
                script.then_drip(body.as_bytes(), Duration::ZERO)
            } else {
                script.then_raw(body.clone())
            });
            let (text, done) = answer(&*model, said("Hello")).await;
            let done = done.unwrap();
            assert_eq!((text.as_str(), done.finish_reason, done.usage), ("Hé é", FinishReason::Stop, None));
        }
    }
    let pause = Duration::from_millis(1);
    upstream.then(Script::say(["Hello "]).then_pause(pause).then_say(["you"]).whole());
    assert_eq!(answer(&*model, said("Hello")).await.0, "Hello you");
}
