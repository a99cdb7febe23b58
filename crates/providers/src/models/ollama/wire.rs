//! The JSON that is asked with, and what Ollama says of its models.

use jarvis_core::{
    Error, Result,
    ports::{ModelInfo, ModelRequest},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    super::turns::{Turn, turns},
    PROVIDER,
};

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_alive: Option<Value>,
    options: Options,
}

#[derive(Serialize)]
struct Options {
    num_ctx: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_predict: Option<u32>,
}

pub(super) fn question(model: &str, request: &ModelRequest, window: u32, keep_alive: Option<&str>) -> Result<Vec<u8>> {
    let question = Question {
        model,
        messages: turns(request),
        stream: true,
        // a bare number is one of seconds to Ollama, while "-1" is a duration without a unit
        keep_alive: keep_alive.map(|text| text.parse::<i64>().map_or_else(|_| json!(text), |seconds| json!(seconds))),
        options: Options {
            num_ctx: window,
            temperature: request.params.temperature,
            num_predict: request.params.max_tokens,
        },
    };
    serde_json::to_vec(&question).map_err(Error::internal)
}

pub(super) fn show(model: &str) -> Result<Vec<u8>> {
    serde_json::to_vec(&json!({ "model": model })).map_err(Error::internal)
}

/// A name as people write it.
pub(super) fn short(name: &str) -> &str {
    name.strip_suffix(":latest").unwrap_or(name)
}

/// The models that are pulled; none if it is something else.
pub(super) fn models(answer: &[u8]) -> Option<Vec<ModelInfo>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    Some(answer["models"].as_array()?.iter().filter_map(listed).collect())
}

fn listed(model: &Value) -> Option<ModelInfo> {
    let name = model["name"].as_str().or(model["model"].as_str()).filter(|name| !name.is_empty())?;
    let details = ["family", "parameter_size", "quantization_level"].map(|field| model["details"][field].as_str());
    let details: Vec<&str> = details.into_iter().flatten().filter(|detail| !detail.is_empty()).collect();
    let what = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    Some(ModelInfo {
        id: short(name).to_owned(),
        provider: PROVIDER,
        description: format!("answers through Ollama{what}"),
        context_tokens: None,
    })
}

/// The longest context of a model, under a name that begins with its architecture.
pub(super) fn context(answer: &[u8]) -> Option<u32> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let info = answer["model_info"].as_object()?;
    let (_, tokens) = info.iter().find(|(name, _)| name.ends_with(".context_length"))?;
    tokens.as_u64().and_then(|tokens| u32::try_from(tokens).ok()).filter(|tokens| *tokens > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ollama_says_of_its_models_is_read() {
        let tags = br#"{"models":[{"name":"llama3.2:latest","details":{"family":"llama","parameter_size":"3.2B",
            "quantization_level":"Q4_K_M","families":null}},{"model":"qwen3:0.6b"},{"name":""}]}"#;
        let read: Vec<_> = models(tags).unwrap().into_iter().map(|model| (model.id, model.description)).collect();
        let wanted =
            [("llama3.2", "answers through Ollama (llama, 3.2B, Q4_K_M)"), ("qwen3:0.6b", "answers through Ollama")];
        assert_eq!(read, wanted.map(|(id, description)| (id.to_owned(), description.to_owned())));
        assert_eq!(models(b"Ollama is running"), None);
        let show = br#"{"model_info":{"general.architecture":"qwen3","qwen3.context_length":40960}}"#;
        assert_eq!(context(show), Some(40_960));
        assert_eq!(context(b"{}"), None);
    }
}
