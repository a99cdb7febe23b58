use jarvis_core::{
    ErrorKind,
    ports::{FinishReason, LanguageModel as _, ModelParams, ModelRequest, TokenUsage},
    testkit::language_model_suite,
    types::Role,
};

use super::{KEY, answer, bridges, refusal, request, said};
use crate::upstream::{PROMPT_TOKENS, Script, Upstream};

const GENERATE: &str = "/api/llm/generate";

#[tokio::test]
async fn working_bridges_keep_the_contract() {
    let upstream = Upstream::start();
    language_model_suite(&*bridges(&upstream)).await.unwrap();
}

#[tokio::test]
async fn what_is_sent() {
    let upstream = Upstream::start();
    let model = bridges(&upstream);
    upstream.then(Script::say(["I am ", "well."]));
    let turns = request(&[
        (Role::System, "Be kind."),
        (Role::User, "Hello"),
        (Role::Assistant, "Hi."),
        (Role::User, "How are you?"),
    ]);
    let params = ModelParams { temperature: Some(0.5), max_tokens: Some(64) };
    let (text, end) = answer(&*model, ModelRequest { params, ..turns }).await;
    let end = end.unwrap();
    assert_eq!((text.as_str(), end.finish_reason), ("I am well.", FinishReason::Stop));
    assert_eq!(end.usage, Some(TokenUsage { prompt_tokens: PROMPT_TOKENS as u32, completion_tokens: 2 }));
    answer(&*model, said("Hello")).await.1.unwrap();
    let seen = upstream.seen(GENERATE);
    assert!(seen[0].headers.contains(&format!("authorization: Bearer {KEY}")), "{:?}", seen[0].headers);
    insta::assert_snapshot!(seen[0].body, @r#"{"prompt":"User: Hello\n\nAssistant: Hi.\n\nUser: How are you?\n\nAssistant:","system_prompt":"Be kind.","temperature":0.5,"max_tokens":64}"#);
    insta::assert_snapshot!(seen[1].body, @r#"{"prompt":"Hello"}"#);
}

#[tokio::test]
async fn their_one_model_is_named_with_what_is_behind_it() {
    let upstream = Upstream::start();
    let models = bridges(&upstream).models().await.unwrap();
    let [model] = &models[..] else { panic!("one model: {models:?}") };
    assert_eq!((model.id.as_str(), model.provider), ("bridges", "bridges"));
    insta::assert_snapshot!(model.description, @"answers with the model that the Python bridges choose, which have tiny, other");
}

#[tokio::test]
async fn errors_in_the_place_of_answers_are_errors() {
    let upstream = Upstream::start();
    let model = bridges(&upstream);
    for body in [
        r#"{"text":"Error: 404 Client Error for url http://ollama:11434/api/generate","model":"m","tokens_generated":0}"#,
        r#"{"text":" Error:timeout"}"#,
        r#"{"error":"prompt required"}"#,
    ] {
        upstream.then(Script::status(200, &[], body));
        let error = refusal(&*model, said("Hello")).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Upstream, "model_failed"), "{body}");
        assert!(!error.message().contains("ollama"), "{error}");
    }
    upstream.then(Script::status(200, &[], r#"{"text":"Errors: an introduction"}"#));
    let (text, end) = answer(&*model, said("Hello")).await;
    assert_eq!((text.as_str(), end.unwrap().usage), ("Errors: an introduction", None));
}
