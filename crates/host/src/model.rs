//! From the configuration to what answers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jarvis_core::{
    Error, Result,
    ports::{Health, LanguageModel},
};
use jarvis_providers::models::{
    Patience, Provider, RoutedModel, RoutedOptions, Stack,
    bridges::{BridgesModel, BridgesModelOptions},
    ollama::{OllamaModel, OllamaModelOptions},
    openai::{OpenAiModel, OpenAiModelOptions},
    recall::RecallModel,
};

use crate::config::{BridgesEndpoint, Config, LlmConfig, LlmProvider, OllamaEndpoint, OpenAiEndpoint};

/// Tokens that a prompt and its answer may have together when nobody says it.
const CONTEXT_TOKENS: u32 = 8_192;
/// Longest that a server is waited for when only its answering matters.
const CHECK: Duration = Duration::from_secs(2);

/// Who answers, with all that stands before them. No server is asked yet: a start must not depend on it.
pub(crate) fn open(config: &LlmConfig) -> Result<Arc<dyn LanguageModel>> {
    let (default, others) = match config.order.as_slice() {
        [] | [LlmProvider::Recall] => return Ok(Arc::new(RecallModel)),
        [default, others @ ..] => (provider(config, *default)?, others),
    };
    let others = others.iter().map(|&other| provider(config, other)).collect::<Result<_>>()?;
    let options = RoutedOptions {
        fallback: config.fallback.iter().map(|&provider| name(provider)).collect(),
        context_tokens: config.context_tokens,
        default_context_tokens: CONTEXT_TOKENS,
    };
    Ok(Arc::new(RoutedModel::new(default, others, options)))
}

/// How the servers that are configured are, each asked itself: name and answer.
pub async fn check_models(config: &Config) -> Vec<(&'static str, Health)> {
    let checks = config.llm.order.iter().map(async |&provider| {
        let asked = Instant::now();
        let health = match bare(&config.llm, provider) {
            Ok(model) => match tokio::time::timeout(CHECK, model.check()).await {
                Ok(health) => health,
                Err(_) => Health::unhealthy(CHECK, "no answer within two seconds"),
            },
            Err(error) => Health::unhealthy(asked.elapsed(), error.message()),
        };
        (provider.as_str(), health)
    });
    futures_util::future::join_all(checks).await
}

fn provider(config: &LlmConfig, provider: LlmProvider) -> Result<Provider> {
    let (name, bare) = (name(provider), bare(config, provider)?);
    Ok(match provider {
        LlmProvider::Recall => Provider { name, model: bare, is_spare: true },
        LlmProvider::Bridges => {
            // They answer in one piece: their first token is their last.
            let patience = config.stack.patience;
            let first_token = patience.first_token.saturating_mul(2).min(patience.answer);
            let stack = Stack { patience: Patience { first_token, ..patience }, ..config.stack };
            Provider { name, model: stack.around(bare, name), is_spare: false }
        }
        _ => Provider { name, model: config.stack.around(bare, name), is_spare: false },
    })
}

/// What the models of a provider stand under in the list of models, and before the `/` of a request.
fn name(provider: LlmProvider) -> &'static str {
    match provider {
        LlmProvider::Recall => "jarvis",
        other => other.as_str(),
    }
}

/// A provider with nothing before it. The order holds only who is configured.
fn bare(config: &LlmConfig, provider: LlmProvider) -> Result<Arc<dyn LanguageModel>> {
    let connect_timeout = config.connect_timeout;
    let absent = || Error::internal(format!("{} is not configured", provider.as_str()));
    Ok(match provider {
        LlmProvider::OpenAi => {
            let OpenAiEndpoint { base_url, api_key, model } = config.openai.clone().ok_or_else(absent)?;
            let options = OpenAiModelOptions::new(base_url);
            OpenAiModel::open(OpenAiModelOptions { api_key, default_model: model, connect_timeout, ..options })?
        }
        LlmProvider::Ollama => {
            let OllamaEndpoint { url, model, keep_alive } = config.ollama.clone().ok_or_else(absent)?;
            let options = OllamaModelOptions::new(url);
            OllamaModel::open(OllamaModelOptions {
                default_model: Some(model),
                keep_alive,
                connect_timeout,
                ..options
            })?
        }
        LlmProvider::Bridges => {
            let BridgesEndpoint { url, token } = config.bridges.clone().ok_or_else(absent)?;
            BridgesModel::open(BridgesModelOptions { token, connect_timeout, ..BridgesModelOptions::new(url) })?
        }
        LlmProvider::Recall => Arc::new(RecallModel),
    })
}
