//! The same protocol against a real server: set `JARVIS_TEST_OPENAI_URL` to one of llama.cpp.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use jarvis_core::{
    ports::{HealthStatus, LanguageModel as _, ModelEvent, ModelParams, ModelRequest},
    types::Role,
};
use jarvis_providers::models::openai::{OpenAiModel, OpenAiModelOptions};

use super::{answer, refusal, request, said};

#[tokio::test]
async fn a_real_server_answers_is_left_and_refuses_what_is_too_long() {
    let Ok(url) = std::env::var("JARVIS_TEST_OPENAI_URL") else {
        println!("skipped: JARVIS_TEST_OPENAI_URL names no server");
        return;
    };
    let model = OpenAiModel::open(OpenAiModelOptions::new(url)).unwrap();
    assert_eq!(model.check().await.status, HealthStatus::Healthy);
    let models = model.models().await.unwrap();
    println!("models: {models:?}");
    let context = models[0].context_tokens.unwrap();

    let params = ModelParams { max_tokens: Some(50), temperature: Some(0.5) };
    let turns = request(&[(Role::System, "Be kind."), (Role::User, "Hello, wie geht's? ça va ?")]);
    let start = Instant::now();
    let (text, end) = answer(&*model, ModelRequest { params, ..turns }).await;
    println!("{:?}: {text:?}, {end:?}", start.elapsed());
    assert!(end.unwrap().usage.unwrap().completion_tokens > 0);

    let started = Instant::now();
    let long = ModelParams { max_tokens: Some(context / 2), ..ModelParams::default() };
    let mut stream = model.complete(ModelRequest { params: long, ..said("Tell me a story") }).await.unwrap();
    assert!(matches!(stream.next().await, Some(Ok(ModelEvent::Token(_)))));
    println!("first token after {:?}; leaving", started.elapsed());
    drop(stream);
    tokio::time::sleep(Duration::from_millis(500)).await;

    let unknown = refusal(&*model, ModelRequest { model: Some("no-such-model".into()), ..said("Hello") }).await;
    println!("{unknown}");
    let error = refusal(&*model, said(&"hi there ".repeat(context as usize))).await;
    println!("{error:?}");
    assert_eq!((error.code(), error.field()), ("context_exceeded", Some("message")));
}
