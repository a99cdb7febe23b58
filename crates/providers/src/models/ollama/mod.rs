//! Ollama by its own protocol, which tells more than its imitation of OpenAI's: when a model is missing, how long its
//! context is, and how long the model stays loaded.
//!
//! `wire` is the JSON, `decoder` the lines of an answer, `context` how much of it a request needs.

mod context;
mod decoder;
mod wire;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hyper::{StatusCode, Uri};
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{Health, LanguageModel, ModelInfo, ModelRequest, ModelStream, unknown_model},
};

use self::{context::Contexts, decoder::Decoder};
use super::{
    catalogue::{Catalogue, FRESH, JUST_NOW, Models},
    server::{Names, Server, Trouble},
    streaming,
};
use crate::http::{Address, CONNECT, Failure, Refusal, Settings};

const NAMES: Names = Names {
    settings: Settings { url: "OLLAMA_URL", example: "http://localhost:11434", key: None },
    check: "OLLAMA_URL and OLLAMA_MODEL",
    kind: "an Ollama",
};
/// Who serves the models.
const PROVIDER: &str = "ollama";
/// Models whose context is asked for when they are listed.
const LISTED: usize = 64;

/// Which Ollama is asked, and how.
#[derive(Clone, Debug)]
pub struct OllamaModelOptions {
    /// Where it listens, such as `http://localhost:11434`.
    pub base_url: String,
    /// The model of requests that name none; without it, the first that Ollama lists. A name without a tag means
    /// `latest`.
    pub default_model: Option<String>,
    /// How long a model stays loaded after an answer, such as `5m`, `-1` for ever; Ollama's own default when none.
    pub keep_alive: Option<String>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

impl OllamaModelOptions {
    /// The defaults for an Ollama.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), default_model: None, keep_alive: None, connect_timeout: CONNECT }
    }
}

/// Answers by asking Ollama.
#[derive(Debug)]
pub struct OllamaModel {
    server: Arc<Server>,
    chat: Uri,
    tags: Uri,
    show: Uri,
    default_model: Option<String>,
    keep_alive: Option<String>,
    catalogue: Catalogue,
    contexts: Contexts,
}

impl OllamaModel {
    /// Opens an Ollama without asking it: a start must not depend on another server.
    ///
    /// Errors name the setting to change.
    pub fn open(options: OllamaModelOptions) -> Result<Arc<Self>> {
        let OllamaModelOptions { base_url, default_model, keep_alive, connect_timeout } = options;
        let address = Address::parse(&base_url, &NAMES.settings)?;
        let given = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Arc::new(Self {
            server: Arc::new(Server::open(&address, None, NAMES, connect_timeout)?),
            chat: address.join("/api/chat")?,
            tags: address.join("/api/tags")?,
            show: address.join("/api/show")?,
            default_model: given(default_model),
            keep_alive: given(keep_alive),
            catalogue: Catalogue::new(),
            contexts: Contexts::default(),
        }))
    }

    async fn known(&self, age: Duration) -> Result<Models> {
        self.catalogue.get(age, self.ask_models()).await
    }

    /// The models that are pulled, the default first, with the contexts that are known without asking.
    async fn ask_models(&self) -> Result<Vec<ModelInfo>> {
        let answer = self.server.get(&self.tags).await.map_err(|failure| self.server.failed(failure))?;
        let mut models = wire::models(&answer)
            .ok_or_else(|| self.server.trouble(Trouble::Rubbish("no list of models".to_owned())))?;
        let is_default = |model: &ModelInfo| self.default_model.as_deref().is_some_and(|name| is_same(name, &model.id));
        if let Some(place) = models.iter().position(is_default) {
            models[..=place].rotate_right(1);
        }
        Ok(models)
    }

    /// The name that is asked for: Ollama itself says best whether it has it.
    async fn resolve(&self, named: Option<&str>) -> Result<String> {
        match named.or(self.default_model.as_deref()) {
            Some(name) => Ok(name.to_owned()),
            None => match self.known(FRESH).await?.first() {
                Some(model) => Ok(model.id.clone()),
                None => Err(Error::invalid("model", "Ollama has no model yet; run `ollama pull llama3.2`")),
            },
        }
    }

    /// Tokens that a prompt and its answer may have together; asked once for each model.
    async fn context(&self, model: &str) -> Result<Option<u32>> {
        if let Some(known) = self.contexts.known(model) {
            return Ok(known);
        }
        match self.server.ask(&self.show, wire::show(model)?).await {
            Ok(answer) => Ok(self.contexts.learn(model, wire::context(&answer))),
            // what only imitates Ollama may not tell, and answer nevertheless
            Err(Failure::Refused(refusal)) if lacks_call(&refusal) => Ok(self.contexts.learn(model, None)),
            Err(failure) => Err(self.failed(model, failure).await),
        }
    }

    async fn failed(&self, model: &str, failure: Failure) -> Error {
        match failure {
            Failure::Refused(refusal)
                if refusal.status == StatusCode::NOT_FOUND && refusal.mentions(&["not found"]) =>
            {
                self.unknown(model).await
            }
            failure => self.server.failed(failure),
        }
    }

    /// A model that is not pulled, and what to do about it.
    async fn unknown(&self, model: &str) -> Error {
        let models = match self.known(JUST_NOW).await {
            Ok(models) => models,
            Err(error) => return error,
        };
        let error = unknown_model(model, models.iter().map(|model| model.id.as_str()));
        let is_plain = model.len() <= 80 && model.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:/-".contains(&b));
        if !is_plain {
            return error;
        }
        Error::invalid("model", format!("{}; to get it, run `ollama pull {model}`", error.message()))
    }
}

#[async_trait]
impl LanguageModel for OllamaModel {
    async fn check(&self) -> Health {
        let asked = async { Ok(self.catalogue.learn(self.ask_models().await?).len()) };
        self.server.health(asked).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let mut models = self.known(JUST_NOW).await?.to_vec();
        for model in models.iter_mut().take(LISTED) {
            model.context_tokens = match self.context(&model.id).await {
                Ok(context) => context,
                // a model whose context is not told is a model nevertheless
                Err(error) if error.kind() == ErrorKind::Invalid => None,
                // who does not answer for one is not waited for with each
                Err(_) => break,
            };
        }
        Ok(models)
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let model = self.resolve(request.model.as_deref()).await?;
        let context = self.context(&model).await?;
        let window = self.contexts.window(&model, context, &request)?;
        let question = wire::question(&model, &request, window, self.keep_alive.as_deref())?;
        match self.server.start(&self.chat, question).await {
            Ok(body) => streaming::answer(Arc::clone(&self.server), body, Decoder::default()).await,
            Err(failure) => Err(self.failed(&model, failure).await),
        }
    }
}

fn lacks_model(refusal: &Refusal) -> bool {
    refusal.status == StatusCode::NOT_FOUND && refusal.mentions(&["model"])
}

fn lacks_call(refusal: &Refusal) -> bool {
    !lacks_model(refusal) && matches!(refusal.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
}

/// Whether two names mean the same model: `latest` need not be said.
fn is_same(one: &str, other: &str) -> bool {
    wire::short(one) == wire::short(other)
}

/// What `fuzz/` drives: a stream of the server.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    super::fuzz::stream::<decoder::Decoder>(bytes);
    let _ = (wire::models(bytes), wire::context(bytes));
}
