//! Language models against a server of this process that does as the test tells it.

mod bridges;
mod leaving;
mod ollama;
mod openai;
mod real;
mod troubles;

use std::sync::Arc;

use futures_util::StreamExt as _;
use jarvis_core::{
    Error,
    ports::{Clock as _, Completion, LanguageModel, ModelEvent, ModelParams, ModelRequest, PromptMessage},
    testkit::FixedClock,
    types::Role,
};
use jarvis_providers::{
    ApiKey,
    models::{
        bridges::{BridgesModel, BridgesModelOptions},
        ollama::{OllamaModel, OllamaModelOptions},
        openai::{OpenAiModel, OpenAiModelOptions},
    },
};

use crate::upstream::Upstream;

const KEY: &str = "sk-very-secret";

fn openai(upstream: &Upstream) -> Arc<OpenAiModel> {
    let options = OpenAiModelOptions {
        api_key: Some(ApiKey::new(KEY)),
        default_model: Some("tiny".to_owned()),
        ..OpenAiModelOptions::new(upstream.url())
    };
    OpenAiModel::open(options).unwrap()
}

fn ollama(upstream: &Upstream) -> Arc<OllamaModel> {
    OllamaModel::open(OllamaModelOptions::new(upstream.url())).unwrap()
}

fn bridges(upstream: &Upstream) -> Arc<BridgesModel> {
    let token = Some(ApiKey::new(KEY));
    BridgesModel::open(BridgesModelOptions { token, ..BridgesModelOptions::new(upstream.url()) }).unwrap()
}

/// One of each, and the setting that names its server.
fn each(upstream: &Upstream) -> [(&'static str, Arc<dyn LanguageModel>); 3] {
    [("OPENAI_BASE_URL", openai(upstream)), ("OLLAMA_URL", ollama(upstream)), ("PYTHON_BRIDGES_URL", bridges(upstream))]
}

fn request(turns: &[(Role, &str)]) -> ModelRequest {
    let turn = |(role, content): &(Role, &str)| PromptMessage { role: *role, content: (*content).to_owned() };
    ModelRequest {
        model: None,
        messages: turns.iter().map(turn).collect(),
        recalled: Vec::new(),
        params: ModelParams::default(),
        now: FixedClock::default().now(),
    }
}

fn said(text: &str) -> ModelRequest {
    request(&[(Role::User, text)])
}

/// The text of an answer, and how it ended.
async fn answer(model: &dyn LanguageModel, request: ModelRequest) -> (String, Result<Completion, Error>) {
    let mut text = String::new();
    let mut stream = match model.complete(request).await {
        Ok(stream) => stream,
        Err(error) => return (text, Err(error)),
    };
    let mut end = None;
    while let Some(event) = stream.next().await {
        assert!(end.is_none(), "nothing comes after the end");
        match event {
            Ok(ModelEvent::Started { .. }) => {}
            Ok(ModelEvent::Token(token)) => text.push_str(&token),
            Ok(ModelEvent::Done(completion)) => end = Some(Ok(completion)),
            Err(error) => end = Some(Err(error)),
        }
    }
    (text, end.unwrap())
}

/// The error of an answer that does not even begin.
async fn refusal(model: &dyn LanguageModel, request: ModelRequest) -> Error {
    match model.complete(request).await {
        Ok(_) => panic!("an answer begins"),
        Err(error) => error,
    }
}
