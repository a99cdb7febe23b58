//! The JSON of the bridges.

use jarvis_core::{
    Error, Result,
    ports::{Completion, FinishReason, ModelParams, ModelRequest, TokenUsage},
};
use serde::{Deserialize, Serialize};

use super::{
    super::server::Trouble,
    prompt::{Prompt, flatten},
};

#[derive(Serialize)]
struct Question {
    prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
    tokens_generated: Option<u32>,
    tokens_prompt: Option<u32>,
}

#[derive(Deserialize)]
struct Failed {
    error: String,
}

#[derive(Deserialize)]
struct Models {
    models: Vec<String>,
}

pub(super) fn question(request: &ModelRequest) -> Result<Vec<u8>> {
    let Prompt { prompt, system_prompt } = flatten(&request.messages);
    let ModelParams { temperature, max_tokens } = request.params;
    serde_json::to_vec(&Question { prompt, system_prompt, temperature, max_tokens }).map_err(Error::internal)
}

pub(super) fn models(answer: &[u8]) -> Option<Vec<String>> {
    serde_json::from_slice(answer).ok().map(|Models { models }| models)
}

/// The text and how it ended. The bridges tell of an upstream's failure under the status of a success.
pub(super) fn answer(answer: &[u8], params: ModelParams) -> Result<(String, Completion), Trouble> {
    let Answer { text, tokens_generated, tokens_prompt } = match serde_json::from_slice(answer) {
        Ok(answer) => answer,
        Err(why) => {
            return Err(match serde_json::from_slice(answer) {
                Ok(Failed { error }) => Trouble::Told(error),
                Err(_) => Trouble::Rubbish(why.to_string()),
            });
        }
    };
    if text.trim_start().starts_with("Error:") {
        return Err(Trouble::Told(text));
    }
    let usage = tokens_prompt.zip(tokens_generated).filter(|(prompt, answer)| *prompt > 0 && *answer > 0);
    let usage = usage.map(|(prompt_tokens, completion_tokens)| TokenUsage { prompt_tokens, completion_tokens });
    // they do not say why an answer ended
    let is_cut = params.max_tokens.zip(tokens_generated).is_some_and(|(most, made)| made >= most);
    let finish_reason = if is_cut { FinishReason::Length } else { FinishReason::Stop };
    Ok((text, Completion { finish_reason, usage }))
}
