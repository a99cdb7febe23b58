//! How each protocol writes an answer.

use super::{MODELS, PROMPT_TOKENS};

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Dialect {
    OpenAi,
    Ollama,
    Bridges,
}

impl Dialect {
    /// What a path that generates speaks.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/chat/completions" => Some(Self::OpenAi),
            "/api/chat" => Some(Self::Ollama),
            "/api/llm/generate" => Some(Self::Bridges),
            _ => None,
        }
    }

    /// A piece of a stream.
    pub(super) fn token(self, token: &str) -> Vec<u8> {
        match self {
            Self::Ollama => format!(r#"{}"{token}"}},"done":false}}{}"#, OLLAMA, "\n"),
            _ => sse(&format!(
                r#"{OPENAI}"choices":[{{"index":0,"delta":{{"content":"{token}"}},"finish_reason":null}}]}}"#
            )),
        }
        .into_bytes()
    }

    /// The end of a stream.
    pub(super) fn end(self, reason: &str, tokens: usize, sent: &str) -> Vec<u8> {
        if self == Self::Ollama {
            let counts = format!(r#""prompt_eval_count":{PROMPT_TOKENS},"eval_count":{tokens}"#);
            return format!("{OLLAMA}\"\"}},\"done\":true,\"done_reason\":\"{reason}\",{counts}}}\n").into_bytes();
        }
        let mut end = sse(&format!(r#"{OPENAI}"choices":[{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}]}}"#));
        if sent.contains(r#""include_usage":true"#) {
            end += &sse(&format!(r#"{OPENAI}"choices":[],"usage":{}}}"#, usage(tokens)));
        }
        (end + &sse("[DONE]")).into_bytes()
    }

    /// An answer in one.
    pub(super) fn whole(self, reason: &str, text: &str, tokens: usize) -> Vec<u8> {
        let told = usage(tokens);
        match self {
            Self::OpenAi => format!(
                r#"{{"object":"chat.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"{reason}"}}],"usage":{told}}}"#
            ),
            Self::Ollama => format!(
                r#"{OLLAMA}"{text}"}},"done":true,"done_reason":"{reason}","prompt_eval_count":{PROMPT_TOKENS},"eval_count":{tokens}}}"#
            ),
            Self::Bridges => format!(
                r#"{{"text":"{text}","model":"tiny","tokens_generated":{tokens},"tokens_prompt":{PROMPT_TOKENS},"duration_ms":1}}"#
            ),
        }
        .into_bytes()
    }

    /// An error under the status of a success.
    pub(super) fn error(self, message: &str, streamed: bool) -> Vec<u8> {
        match self {
            Self::OpenAi if streamed => sse(&format!(r#"{{"error":{{"message":"{message}","type":"server_error"}}}}"#)),
            Self::OpenAi => format!(r#"{{"error":{{"message":"{message}","type":"server_error"}}}}"#),
            Self::Ollama => format!("{{\"error\":\"{message}\"}}\n"),
            Self::Bridges => format!(r#"{{"text":"Error: {message}","model":"tiny","tokens_generated":0}}"#),
        }
        .into_bytes()
    }
}

const OPENAI: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763740800,"model":"tiny","#;
const OLLAMA: &str =
    r#"{"model":"tiny:latest","created_at":"2026-11-21T16:00:00.000000Z","message":{"role":"assistant","content":"#;

fn sse(data: &str) -> String {
    format!("data: {data}\n\n")
}

fn usage(tokens: usize) -> String {
    let total = PROMPT_TOKENS + tokens;
    format!(r#"{{"prompt_tokens":{PROMPT_TOKENS},"completion_tokens":{tokens},"total_tokens":{total}}}"#)
}

/// What the other paths answer.
pub(super) fn fixed(path: &str) -> Option<String> {
    let each = |form: &str| MODELS.map(|name| form.replace("NAME", name)).join(",");
    Some(match path {
        "/v1/models" => format!(r#"{{"object":"list","data":[{}]}}"#, each(r#"{"id":"NAME","object":"model"}"#)),
        "/api/tags" => format!(r#"{{"models":[{}]}}"#, each(r#"{"name":"NAME:latest","model":"NAME:latest"}"#)),
        "/api/show" => r#"{"model_info":{"general.architecture":"llama","llama.context_length":8192}}"#.to_owned(),
        "/api/llm/models" => format!(r#"{{"models":[{}]}}"#, each(r#""NAME""#)),
        _ => return None,
    })
}

/// A text as JSON writes it between its quotes.
pub(super) fn escaped(text: &str) -> String {
    let plain = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    plain.chars().map(|c| if c < ' ' { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

/// The last string under a key, as JSON writes it.
pub(super) fn last_text<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let (_, text) = json.rsplit_once(&format!(r#""{key}":""#))?;
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })?;
    Some(&text[..end])
}

/// The last whole number under a key.
pub(super) fn number(json: &str, key: &str) -> Option<usize> {
    let (_, rest) = json.rsplit_once(&format!(r#""{key}":"#))?;
    rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}
