//! What every [`LanguageModel`] must do. Needs no particular answer, only a provider that works.

use futures_util::StreamExt;

use crate::{
    Error, ErrorKind, Result,
    ports::{
        Clock, Completion, FinishReason, HealthStatus, LanguageModel, ModelEvent, ModelParams, ModelRequest,
        PromptMessage,
    },
    testkit::FixedClock,
    types::Role,
};

/// Runs every check against a working provider; the error names the first one that failed.
pub async fn language_model_suite(model: &dyn LanguageModel) -> Result<()> {
    it_is_healthy_and_names_its_models(model).await?;
    a_stream_ends_with_exactly_one_done(model).await?;
    every_named_model_answers(model).await?;
    an_unknown_model_is_refused(model).await?;
    max_tokens_is_honoured(model).await
}

async fn it_is_healthy_and_names_its_models(model: &dyn LanguageModel) -> Result<()> {
    ensure(model.check().await.status == HealthStatus::Healthy, "a working provider is healthy")?;
    let models = model.models().await?;
    ensure(!models.is_empty(), "at least one model is named")?;
    ensure(models.iter().all(|model| !model.id.is_empty() && !model.provider.is_empty()), "models have names")
}

async fn a_stream_ends_with_exactly_one_done(model: &dyn LanguageModel) -> Result<()> {
    let answer = ask(model, request("Hello, who are you?")).await?;
    ensure(!answer.text.is_empty(), "an answer has text")?;
    ensure(answer.after_done == 0, "nothing comes after the end")?;
    let usage = answer.completion.and_then(|completion| completion.usage);
    ensure(usage.is_none_or(|usage| usage.completion_tokens > 0), "usage, when told, counts the answer")
}

async fn every_named_model_answers(model: &dyn LanguageModel) -> Result<()> {
    for known in model.models().await? {
        let named = ModelRequest { model: Some(known.id), ..request("Say one word.") };
        ensure(ask(model, named).await?.completion.is_some(), "a model that is named can be asked")?;
    }
    Ok(())
}

async fn an_unknown_model_is_refused(model: &dyn LanguageModel) -> Result<()> {
    let unknown = ModelRequest { model: Some("no-such-model".to_owned()), ..request("Hello") };
    let Err(error) = model.complete(unknown).await else { return Err(broken("an unknown model is refused")) };
    ensure(error.kind() == ErrorKind::Invalid, "an unknown model is an invalid value")?;
    ensure(error.field() == Some("model"), "the error names the field")?;
    let names = model.models().await?;
    ensure(names.iter().all(|known| error.message().contains(&known.id)), "the error names the known models")
}

async fn max_tokens_is_honoured(model: &dyn LanguageModel) -> Result<()> {
    let whole = ask(model, request("Tell me all that you know about me.")).await?;
    let params = ModelParams { max_tokens: Some(3), ..ModelParams::default() };
    let cut = ask(model, ModelRequest { params, ..request("Tell me all that you know about me.") }).await?;
    ensure(cut.text.len() < whole.text.len(), "an answer of three tokens is shorter")?;
    let reason = cut.completion.map(|completion| completion.finish_reason);
    ensure(reason == Some(FinishReason::Length), "an answer cut short says so")
}

struct Answer {
    text: String,
    completion: Option<Completion>,
    after_done: usize,
}

async fn ask(model: &dyn LanguageModel, request: ModelRequest) -> Result<Answer> {
    let mut stream = model.complete(request).await?;
    let mut answer = Answer { text: String::new(), completion: None, after_done: 0 };
    while let Some(event) = stream.next().await {
        answer.after_done += usize::from(answer.completion.is_some());
        match event? {
            ModelEvent::Started { .. } => ensure(answer.text.is_empty(), "who answers is told before the text")?,
            ModelEvent::Token(text) => answer.text.push_str(&text),
            ModelEvent::Done(completion) => answer.completion = Some(completion),
        }
    }
    ensure(answer.completion.is_some(), "a stream ends with its completion")?;
    Ok(answer)
}

fn request(said: &str) -> ModelRequest {
    ModelRequest {
        model: None,
        messages: vec![PromptMessage { role: Role::User, content: said.to_owned() }],
        recalled: Vec::new(),
        params: ModelParams::default(),
        now: FixedClock::default().now(),
    }
}

fn ensure(holds: bool, rule: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(rule)) }
}

fn broken(rule: &'static str) -> Error {
    Error::internal(format!("the provider breaks the contract: {rule}"))
}
