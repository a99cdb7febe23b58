use std::time::Duration;

use jarvis_core::{
    ErrorKind,
    ports::{Completion, FinishReason, HealthStatus, LanguageModel as _, ModelParams, ModelRequest, TokenUsage},
    testkit::language_model_suite,
    types::Role,
};
use jarvis_providers::{
    ApiKey,
    models::openai::{OpenAiModel, OpenAiModelOptions},
};

use super::{KEY, answer, openai, refusal, request, said};
use crate::upstream::{PROMPT_TOKENS, Script, Upstream};

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn a_working_server_keeps_the_contract() {
    let upstream = Upstream::start();
    language_model_suite(&*openai(&upstream)).await.unwrap();
    let nameless = OpenAiModel::open(OpenAiModelOptions::new(format!("{}/v1/", upstream.url()))).unwrap();
    language_model_suite(&*nameless).await.unwrap();
}

#[tokio::test]
async fn what_is_sent() {
    let upstream = Upstream::start();
    let model = openai(&upstream);
    let turns = request(&[
        (Role::System, "Be kind."),
        (Role::User, "Hello"),
        (Role::Assistant, "Hi."),
        (Role::Tool, "22 °C"),
        (Role::User, "How \"are\" you?"),
    ]);
    let params = ModelParams { temperature: Some(0.7), max_tokens: Some(3) };
    let (text, end) = answer(&*model, ModelRequest { params, model: Some("other".into()), ..turns }).await;
    assert_eq!(text, "ACK::How \"are\" you?");
    let usage = Some(TokenUsage { prompt_tokens: PROMPT_TOKENS as u32, completion_tokens: 3 });
    assert_eq!(end.unwrap(), Completion { finish_reason: FinishReason::Stop, usage });
    answer(&*model, said("Hello")).await.1.unwrap();
    let seen = upstream.seen(CHAT);
    assert_eq!(seen[0].method, "POST");
    assert!(seen[0].headers.contains(&format!("authorization: Bearer {KEY}")), "{:?}", seen[0].headers);
    assert!(seen[0].headers.contains(&"content-type: application/json".to_owned()));
    insta::assert_snapshot!(seen[0].body, @r#"{"model":"other","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi."},{"role":"user","content":"22 °C"},{"role":"user","content":"How \"are\" you?"}],"stream":true,"stream_options":{"include_usage":true},"temperature":0.7,"max_tokens":3}"#);
    insta::assert_snapshot!(seen[1].body, @r#"{"model":"tiny","messages":[{"role":"user","content":"Hello"}],"stream":true,"stream_options":{"include_usage":true}}"#);
}

#[tokio::test]
async fn the_default_needs_no_list() {
    let upstream = Upstream::start();
    let model = openai(&upstream);
    for _ in 0..3 {
        answer(&*model, said("Hello")).await.1.unwrap();
        answer(&*model, ModelRequest { model: Some("tiny".into()), ..said("Hello") }).await.1.unwrap();
    }
    assert_eq!(upstream.seen("/v1/models").len(), 0);
    for _ in 0..3 {
        answer(&*model, ModelRequest { model: Some("other".into()), ..said("Hello") }).await.1.unwrap();
    }
    assert_eq!(upstream.seen("/v1/models").len(), 1, "the list is remembered");
}

#[tokio::test]
async fn models_are_told_with_their_context() {
    let upstream = Upstream::start();
    let default = OpenAiModelOptions { default_model: Some("b".into()), ..OpenAiModelOptions::new(upstream.url()) };
    let model = OpenAiModel::open(default).unwrap();
    let list =
        r#"{"data":[{"id":"a","max_model_len":4096},{"id":"b","owned_by":"llamacpp","meta":{"n_ctx_train":9}}]}"#;
    upstream.always("/v1/models", Script::status(200, &[], list));
    upstream.always("/props", Script::status(200, &[], r#"{"default_generation_settings":{"n_ctx":512}}"#));
    let told: Vec<_> =
        model.models().await.unwrap().into_iter().map(|m| (m.id, m.provider, m.context_tokens)).collect();
    assert_eq!(told, [("b".to_owned(), "openai", Some(512)), ("a".to_owned(), "openai", Some(4096))]);
    let health = model.check().await;
    assert_eq!((health.status, health.figures.as_slice()), (HealthStatus::Healthy, &[("models", 2)][..]));
    assert_eq!(upstream.seen("/v1/models").len(), 2, "a check really asks");
}

#[tokio::test]
async fn a_server_without_a_list_answers_with_its_default() {
    let upstream = Upstream::start();
    upstream.always("/v1/models", Script::status(404, &[], "page not found"));
    let model = openai(&upstream);
    assert_eq!(model.models().await.unwrap().len(), 1);
    assert_eq!(model.check().await.status, HealthStatus::Healthy);
    let nameless = OpenAiModel::open(OpenAiModelOptions::new(upstream.url())).unwrap();
    let error = refusal(&*nameless, said("Hello")).await;
    assert_eq!(error.code(), "model_refused");
    assert!(error.message().contains("OPENAI_BASE_URL and LLM_MODEL"), "{error}");
    upstream.always("/v1/models", Script::status(200, &[], "<html>"));
    assert_eq!(nameless.models().await.unwrap_err().code(), "model_answer");
}

#[tokio::test]
async fn a_model_that_is_gone_is_the_callers_or_the_settings_fault() {
    let upstream = Upstream::start();
    let model = openai(&upstream);
    let gone = Script::status(404, &[], r#"{"error":{"message":"The model does not exist","code":"model_not_found"}}"#);
    upstream.then(gone.clone());
    let error = refusal(&*model, ModelRequest { model: Some("other".into()), ..said("Hello") }).await;
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("model")));
    assert_eq!(error.message(), "there is no model \"other\" here; known models: tiny, other");
    upstream.then(gone);
    let error = refusal(&*model, said("Hello")).await;
    assert_eq!(error.code(), "model_refused");
    assert!(error.message().contains("LLM_MODEL"), "{error}");
}

#[tokio::test]
async fn a_server_is_asked_as_it_wants_to_be() {
    let upstream = Upstream::start();
    let model = openai(&upstream);
    upstream.then(Script::status(400, &[], r#"{"error":{"message":"unknown field: stream_options"}}"#));
    upstream.then(Script::status(
        400,
        &[],
        "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
    ));
    let params = ModelParams { temperature: None, max_tokens: Some(9) };
    for _ in 0..2 {
        let (text, end) = answer(&*model, ModelRequest { params, ..said("Hello") }).await;
        assert_eq!((text.as_str(), end.unwrap().usage), ("ACK::Hello", None));
    }
    let ways: Vec<_> = upstream
        .seen(CHAT)
        .into_iter()
        .map(|seen| {
            ["stream_options", "max_tokens", "max_completion_tokens"]
                .map(|field| seen.body.contains(&format!("\"{field}\"")))
        })
        .collect();
    assert_eq!(ways, [[true, true, false], [false, true, false], [false, false, true], [false, false, true]]);
}

#[tokio::test]
async fn answers_of_many_servers_are_understood() {
    let upstream = Upstream::start();
    let model = openai(&upstream);
    let event = |json: &str| format!("data: {json}\n\n");
    let text = |text: &str| event(&format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#));
    let finish = |reason: &str| event(&format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#));
    let usage = event(r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#);
    let thinking = event(r#"{"choices":[{"delta":{"role":"assistant","content":null,"reasoning_content":"hm"}}]}"#);
    let counted = Some(TokenUsage { prompt_tokens: 1, completion_tokens: 2 });
    let done = event("[DONE]");
    for (body, finish_reason, usage) in [
        (text("Hé") + "data: [DONE]", FinishReason::Stop, None),
        (text("Hé") + &finish("length"), FinishReason::Length, None),
        (text("Hé") + &finish("content_filter") + &usage, FinishReason::Stop, counted),
        (": ping\n\n".to_owned() + &thinking + &text("H") + "data:\n\n" + &text("é") + &usage + &done, FinishReason::Stop, counted),
        ((text("Hé") + &finish("stop") + &usage + &done).replace('\n', "\r\n"), FinishReason::Stop, counted),
        (r#"data: {"choices":[{"message":{"content":"H"},"delta":{"content":"Hé"},"finish_reason":"stop","text":1}],"usage":null,"x":[]}"#.to_owned(), FinishReason::Stop, None),
        (r#" {"choices":[{"message":{"role":"assistant","content":"H\u00e9"},"finish_reason":"length"}]}"#.to_owned(), FinishReason::Length, None),
    ] {
        for drip in [false, true] {
            let script = Script::default();
            upstream.then(if drip { script.then_drip(body.as_bytes(), Duration::ZERO) } else { script.then_raw(body.clone()) });
            let (text, end) = answer(&*model, said("Hello")).await;
            assert_eq!((text.as_str(), end.unwrap()), ("Hé", Completion { finish_reason, usage }), "{body}");
        }
    }
}

#[tokio::test]
async fn an_answer_in_one_is_taken() {
    let upstream = Upstream::start();
    upstream.then(Script::say(["Hello ", "you"]).then_finish("length").whole());
    let (text, end) = answer(&*openai(&upstream), said("Hello")).await;
    assert_eq!((text.as_str(), end.unwrap().finish_reason), ("Hello you", FinishReason::Length));
    upstream.then(Script::default().then_error("no memory left").whole());
    assert_eq!(refusal(&*openai(&upstream), said("Hello")).await.code(), "model_failed");
}

/// The text is whole: what is missing is only its end.
#[tokio::test]
async fn an_answer_whose_end_does_not_come_is_whole() {
    let upstream = Upstream::start();
    let raw = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n";
    for end in [Script::default().then_raw(raw).then_hang(), Script::default().then_raw(raw).then_cut()] {
        upstream.then(end);
        let (text, end) = answer(&*openai(&upstream), said("Hello")).await;
        assert_eq!((text.as_str(), end.unwrap().finish_reason), ("Hi", FinishReason::Stop));
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_when_opening() {
    for url in ["", "host/v1", "ftp://host", "http://", "http://u:pw@host/v1", "http://host/v1?key=x", "not an address"]
    {
        let error = OpenAiModel::open(OpenAiModelOptions::new(url)).unwrap_err();
        assert_eq!(error.field(), Some("base_url"));
        assert!(error.message().contains("OPENAI_BASE_URL") && !error.message().contains("pw"), "{url}: {error}");
    }
    let key = OpenAiModelOptions { api_key: Some(ApiKey::new("two\nlines")), ..OpenAiModelOptions::new("http://host") };
    let error = OpenAiModel::open(key).unwrap_err();
    assert!(error.message().contains("OPENAI_API_KEY") && !error.message().contains("lines"), "{error}");
}
