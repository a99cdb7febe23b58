//! The JSON that is asked with, and the list of models.

use jarvis_core::{
    Error, Result,
    ports::{ModelParams, ModelRequest},
};
use serde::Serialize;
use serde_json::Value;

use super::{
    super::turns::{Turn, turns},
    habits::Ways,
};

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

pub(super) fn question(model: &str, request: &ModelRequest, ways: Ways) -> Result<Vec<u8>> {
    let ModelParams { temperature, max_tokens } = request.params;
    let question = Question {
        model,
        messages: turns(request),
        stream: true,
        stream_options: (!ways.without_figures).then_some(StreamOptions { include_usage: true }),
        temperature,
        max_tokens: max_tokens.filter(|_| !ways.completion_tokens),
        max_completion_tokens: max_tokens.filter(|_| ways.completion_tokens),
    };
    serde_json::to_vec(&question).map_err(Error::internal)
}

/// A model of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) context_tokens: Option<u32>,
    /// llama.cpp serves it, which tells of its context elsewhere too.
    pub(super) is_llama_cpp: bool,
}

/// The list; none if it is something else. Some servers leave its frame out.
pub(super) fn models(answer: &[u8]) -> Option<Vec<Listed>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let list = answer.get("data").unwrap_or(&answer).as_array()?;
    Some(list.iter().filter_map(listed).collect())
}

fn listed(model: &Value) -> Option<Listed> {
    let id = model["id"].as_str().filter(|id| !id.is_empty())?.to_owned();
    // vLLM, OpenRouter and others, Groq, Mistral; of llama.cpp the context of one request, never what it was trained on
    let fields = ["max_model_len", "context_length", "context_window", "max_context_length"];
    let told = fields.iter().map(|field| &model[*field]).chain([&model["meta"]["n_ctx"]]).find_map(tokens);
    Some(Listed { id, context_tokens: told, is_llama_cpp: model["owned_by"] == "llamacpp" })
}

/// What llama.cpp says of itself: the context of one request.
pub(super) fn props(answer: &[u8]) -> Option<u32> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    tokens(&answer["default_generation_settings"]["n_ctx"])
}

fn tokens(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|tokens| u32::try_from(tokens).ok()).filter(|tokens| *tokens > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_several_servers_are_read() {
        let vllm = br#"{"object":"list","data":[{"id":"a","owned_by":"vllm","max_model_len":4096,"root":"/m"}]}"#;
        let llama = br#"{"data":[{"id":"b","owned_by":"llamacpp","meta":{"n_ctx":1024,"n_ctx_train":2048}}]}"#;
        let older =
            br#"{"data":[{"id":"c","owned_by":"llamacpp","meta":{"n_ctx_train":2048}},{"id":""},{"name":"x"}]}"#;
        let bare = br#"[{"id":"d","context_length":"long"},{"id":"e","context_length":8192}]"#;
        let all = [&vllm[..], llama, older, bare].map(|list| models(list).unwrap());
        let read: Vec<_> = all.iter().flatten().map(|m| (m.id.as_str(), m.context_tokens, m.is_llama_cpp)).collect();
        assert_eq!(
            read,
            [
                ("a", Some(4096), false),
                ("b", Some(1024), true),
                ("c", None, true),
                ("d", None, false),
                ("e", Some(8192), false)
            ]
        );
        assert_eq!(models(b"<html>"), None);
        assert_eq!(models(br#"{"error":"no"}"#), None);
        assert_eq!(props(br#"{"default_generation_settings":{"n_ctx":512}}"#), Some(512));
        assert_eq!(props(b"{}"), None);
    }
}
