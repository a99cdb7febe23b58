//! Which language models are asked, and with how much patience.

use std::time::Duration;

use jarvis_core::{
    Result,
    policy::{backoff::Backoff, breaker::BreakerLimits},
};
use jarvis_providers::{
    ApiKey,
    models::{Limits, Patience, Stack},
};

use super::{
    resolve::Judge,
    sections::{RawBridges, RawLlm, RawOllama, RawOpenAi},
};

/// Which language models are asked, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmConfig {
    /// An OpenAI-compatible server.
    pub openai: Option<OpenAiEndpoint>,
    /// An Ollama server.
    pub ollama: Option<OllamaEndpoint>,
    /// The Python bridges.
    pub bridges: Option<BridgesEndpoint>,
    /// Who is there, `recall` included, the default first.
    pub order: Vec<LlmProvider>,
    /// Who stands in for the default, in this order.
    pub fallback: Vec<LlmProvider>,
    /// Tokens that a prompt and its answer may have together; `None` leaves it to the model's server.
    pub context_tokens: Option<u32>,
    /// Longest until a connection is made.
    pub connect_timeout: Duration,
    /// What is laid around each provider that is somewhere else.
    pub stack: Stack,
}

/// Who can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmProvider {
    /// An OpenAI-compatible server.
    OpenAi,
    /// An Ollama server.
    Ollama,
    /// The Python bridges.
    Bridges,
    /// Memory itself, without a language model.
    Recall,
}

impl LlmProvider {
    const ALL: [Self; 4] = [Self::OpenAi, Self::Ollama, Self::Bridges, Self::Recall];

    /// Its word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
            Self::Bridges => "bridges",
            Self::Recall => "recall",
        }
    }

    /// What makes it be there.
    const fn setting(self) -> &'static str {
        match self {
            Self::OpenAi => "OPENAI_BASE_URL",
            Self::Ollama => "OLLAMA_URL",
            Self::Bridges => "PYTHON_BRIDGES_URL",
            Self::Recall => "",
        }
    }
}

/// An OpenAI-compatible server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAiEndpoint {
    /// Its address, with `/v1`.
    pub base_url: String,
    /// What it wants as a key.
    pub api_key: Option<ApiKey>,
    /// Which of its models when a request names none; `None` is the first it tells.
    pub model: Option<String>,
}

/// An Ollama server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OllamaEndpoint {
    /// Its address.
    pub url: String,
    /// Which of its models when a request names none.
    pub model: String,
    /// How long it keeps a model in memory, as it understands it; `None` leaves it to the server.
    pub keep_alive: Option<String>,
}

/// The Python bridges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgesEndpoint {
    /// Their address.
    pub url: String,
    /// What they want as a bearer token.
    pub token: Option<ApiKey>,
}

/// Judges the section. What is set and has no effect is told in `notices`.
pub(super) fn llm(judge: &Judge<'_>, raw: RawLlm, notices: &mut Vec<String>) -> Result<LlmConfig> {
    let stack = stack(judge, &raw)?;
    let openai = openai(judge, raw.openai, notices)?;
    let ollama = ollama(judge, raw.ollama)?;
    let bridges = bridges(judge, raw.bridges, notices)?;
    let is_there = |provider: LlmProvider| match provider {
        LlmProvider::OpenAi => openai.is_some(),
        LlmProvider::Ollama => ollama.is_some(),
        LlmProvider::Bridges => bridges.is_some(),
        LlmProvider::Recall => true,
    };
    let mut order = providers(judge, "llm.order", &raw.order)?;
    let left_out = LlmProvider::ALL.into_iter().filter(|provider| !order.contains(provider)).collect::<Vec<_>>();
    order.extend(left_out);
    order.retain(|&provider| is_there(provider));
    let fallback = providers(judge, "llm.fallback", &raw.fallback)?;
    if let Some(absent) = fallback.iter().find(|&&provider| !is_there(provider)) {
        let why = format!("holds `{}`, which is not configured; set {} too", absent.as_str(), absent.setting());
        return Err(judge.refuse("llm.fallback", why));
    }
    let context = judge.within("llm.context_tokens", raw.context_tokens.into(), 0, 10_000_000)? as u32;
    Ok(LlmConfig {
        openai,
        ollama,
        bridges,
        order,
        fallback,
        context_tokens: (context > 0).then_some(context),
        connect_timeout: judge.seconds("llm.connect_timeout_secs", raw.connect_timeout_secs)?,
        stack,
    })
}

fn stack(judge: &Judge<'_>, raw: &RawLlm) -> Result<Stack> {
    let count = |key, value: u32, min, max| judge.within(key, value.into(), min, max);
    Ok(Stack {
        patience: Patience {
            first_token: judge.seconds("llm.first_token_timeout_secs", raw.first_token_timeout_secs)?,
            gap: judge.seconds("llm.gap_timeout_secs", raw.gap_timeout_secs)?,
            answer: judge.seconds("llm.answer_timeout_secs", raw.answer_timeout_secs)?,
            backoff: Backoff {
                attempts: count("llm.attempts", raw.attempts, 1, 10)? as u32,
                pause: Duration::from_millis(250),
                longest: Duration::from_secs(5),
            },
        },
        limits: Limits {
            running: count("llm.concurrency", raw.concurrency, 1, 100_000)? as usize,
            waiting: count("llm.queue", raw.queue, 0, 100_000)? as usize,
            patience: judge.seconds("llm.queue_timeout_secs", raw.queue_timeout_secs)?,
        },
        breaker: BreakerLimits {
            failures: count("llm.breaker_failures", raw.breaker_failures, 1, 1_000)? as u32,
            rest: Duration::from_secs(judge.within("llm.breaker_secs", raw.breaker_secs.into(), 1, 60)?),
        },
    })
}

fn openai(judge: &Judge<'_>, raw: RawOpenAi, notices: &mut Vec<String>) -> Result<Option<OpenAiEndpoint>> {
    let RawOpenAi { base_url, api_key, model } = raw;
    if base_url.is_empty() {
        // A key that stands in many people's environment must not send what they say to a server they did not name.
        let without = [("llm.openai.api_key", &api_key), ("llm.openai.model", &model)];
        for (key, _) in without.iter().filter(|(_, value)| !value.is_empty()) {
            let place = judge.place(key);
            notices.push(format!(
                "{key} ({place}) has no effect without OPENAI_BASE_URL, such as https://api.openai.com/v1"
            ));
        }
        return Ok(None);
    }
    let base_url = address(judge, "llm.openai.base_url", base_url)?;
    Ok(Some(OpenAiEndpoint { base_url, api_key: key(api_key), model: some(model) }))
}

fn ollama(judge: &Judge<'_>, raw: RawOllama) -> Result<Option<OllamaEndpoint>> {
    let RawOllama { url, model, keep_alive } = raw;
    if url.is_empty() {
        return Ok(None);
    }
    let url = address(judge, "llm.ollama.url", url)?;
    if model.is_empty() {
        return Err(judge.refuse("llm.ollama.model", "is empty; name a model that the server has"));
    }
    Ok(Some(OllamaEndpoint { url, model, keep_alive: some(keep_alive) }))
}

fn bridges(judge: &Judge<'_>, raw: RawBridges, notices: &mut Vec<String>) -> Result<Option<BridgesEndpoint>> {
    let RawBridges { url, token } = raw;
    if url.is_empty() {
        if !token.is_empty() {
            let place = judge.place("llm.bridges.token");
            notices.push(format!("llm.bridges.token ({place}) has no effect without PYTHON_BRIDGES_URL"));
        }
        return Ok(None);
    }
    let url = address(judge, "llm.bridges.url", url)?;
    Ok(Some(BridgesEndpoint { url, token: key(token) }))
}

fn providers(judge: &Judge<'_>, setting: &'static str, words: &[String]) -> Result<Vec<LlmProvider>> {
    let mut providers = Vec::new();
    for word in words {
        let known = LlmProvider::ALL.into_iter().find(|provider| provider.as_str() == word);
        match known {
            Some(provider) if !providers.contains(&provider) => providers.push(provider),
            Some(_) => return Err(judge.refuse(setting, format!("holds `{word}` twice"))),
            None => {
                let known = LlmProvider::ALL.map(LlmProvider::as_str).join(", ");
                return Err(judge.refuse(setting, format!("holds `{word}`; write some of {known}")));
            }
        }
    }
    Ok(providers)
}

fn address(judge: &Judge<'_>, setting: &'static str, url: String) -> Result<String> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['@', ' ', '#'])) {
        let why = "is no plain address; write one such as http://localhost:11434, and keys into their own settings";
        return Err(judge.refuse(setting, why));
    }
    Ok(url)
}

fn key(text: String) -> Option<ApiKey> {
    some(text).map(ApiKey::new)
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
