//! Any server that speaks OpenAI's protocol: llama.cpp, vLLM, LM Studio, OpenAI itself and many more.
//!
//! `wire` is what is asked and the list of models, `habits` what a server was found to want otherwise, `sse` the events
//! of its answer and `decoder` what they mean.

mod decoder;
mod habits;
mod sse;
mod wire;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hyper::{StatusCode, Uri};
use jarvis_core::{
    Error, Result,
    ports::{Health, LanguageModel, ModelInfo, ModelRequest, ModelStream, unknown_model},
};

use self::{decoder::Decoder, habits::Habits, wire::Listed};
use super::{
    catalogue::{Catalogue, FRESH, JUST_NOW, Models},
    server::{Names, Server, Trouble},
    streaming,
};
use crate::{
    ApiKey,
    http::{Address, Body, CONNECT, Failure, Refusal, Settings},
};

const NAMES: Names = Names {
    settings: Settings { url: "OPENAI_BASE_URL", example: "https://api.openai.com/v1", key: Some("OPENAI_API_KEY") },
    check: "OPENAI_BASE_URL and LLM_MODEL",
    kind: "a server that speaks OpenAI's protocol",
};

/// Which server is asked, and how.
#[derive(Clone, Debug)]
pub struct OpenAiModelOptions {
    /// Where the API lies, such as `https://api.openai.com/v1`; an address without a path gets `/v1`.
    pub base_url: String,
    /// Sent as a bearer token. Servers of one's own often need none.
    pub api_key: Option<ApiKey>,
    /// The model of requests that name none; without it, the first that the server lists.
    pub default_model: Option<String>,
    /// Who serves the models, as lists of them say.
    pub provider: &'static str,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

impl OpenAiModelOptions {
    /// The defaults for a server.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: None,
            default_model: None,
            provider: "openai",
            connect_timeout: CONNECT,
        }
    }
}

/// Answers by asking a server that speaks OpenAI's protocol.
#[derive(Debug)]
pub struct OpenAiModel {
    server: Arc<Server>,
    chat: Uri,
    list: Uri,
    /// Where llama.cpp says of itself what its list may not.
    props: Uri,
    default_model: Option<String>,
    provider: &'static str,
    catalogue: Catalogue,
    habits: Habits,
}

impl OpenAiModel {
    /// Opens a server without asking it: a start must not depend on another server.
    ///
    /// Errors name the setting to change.
    pub fn open(options: OpenAiModelOptions) -> Result<Arc<Self>> {
        let OpenAiModelOptions { base_url, api_key, default_model, provider, connect_timeout } = options;
        let address = Address::parse(&base_url, &NAMES.settings)?.or_path("/v1");
        Ok(Arc::new(Self {
            server: Arc::new(Server::open(&address, api_key.as_ref(), NAMES, connect_timeout)?),
            chat: address.join("/chat/completions")?,
            list: address.join("/models")?,
            props: address.without("/v1").join("/props")?,
            default_model: default_model.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            provider,
            catalogue: Catalogue::new(),
            habits: Habits::default(),
        }))
    }

    async fn known(&self, age: Duration) -> Result<Models> {
        self.catalogue.get(age, self.ask_models()).await
    }

    /// The models that the server lists, the default first.
    async fn ask_models(&self) -> Result<Vec<ModelInfo>> {
        let mut listed = match self.server.get(&self.list).await {
            Ok(answer) => wire::models(&answer).ok_or_else(|| self.rubbish("no list of models"))?,
            // what has no list may answer nevertheless
            Err(Failure::Refused(refusal)) if lacks_list(&refusal) && self.default_model.is_some() => Vec::new(),
            Err(failure) => return Err(self.server.failed(failure)),
        };
        if let Some(default) = &self.default_model {
            let place = listed.iter().position(|model| model.id == *default);
            let unlisted = || Listed { id: default.clone(), context_tokens: None, is_llama_cpp: false };
            let first = place.map_or_else(unlisted, |place| listed.remove(place));
            listed.insert(0, first);
        }
        if listed.is_empty() {
            return Err(self.rubbish("an empty list of models"));
        }
        let props = if listed.iter().any(|model| model.is_llama_cpp && model.context_tokens.is_none()) {
            self.server.get(&self.props).await.ok().and_then(|answer| wire::props(&answer))
        } else {
            None
        };
        Ok(listed.into_iter().map(|model| self.info(model, props)).collect())
    }

    fn info(&self, model: Listed, props: Option<u32>) -> ModelInfo {
        let Listed { id, context_tokens, is_llama_cpp } = model;
        ModelInfo {
            id,
            provider: self.provider,
            description: "answers through the server that OPENAI_BASE_URL names".to_owned(),
            context_tokens: context_tokens.or(props.filter(|_| is_llama_cpp)),
        }
    }

    fn rubbish(&self, why: &str) -> Error {
        self.server.trouble(Trouble::Rubbish(why.to_owned()))
    }

    /// The name that the server knows. Many answer with whatever model they have, so the list is asked first.
    async fn resolve(&self, named: Option<&str>) -> Result<String> {
        let Some(name) = named.or(self.default_model.as_deref()) else {
            let models = self.known(FRESH).await?;
            return Ok(models.first().map(|model| model.id.clone()).unwrap_or_default());
        };
        if self.default_model.as_deref() == Some(name) {
            return Ok(name.to_owned());
        }
        for age in [FRESH, JUST_NOW] {
            if self.known(age).await?.iter().any(|model| model.id == name) {
                return Ok(name.to_owned());
            }
        }
        Err(self.unknown(name).await)
    }

    async fn unknown(&self, name: &str) -> Error {
        match self.known(FRESH).await {
            Ok(models) => unknown_model(name, models.iter().map(|model| model.id.as_str())),
            Err(error) => error,
        }
    }

    /// The body of an answer, asking anew when the server wants to be asked otherwise.
    async fn start(&self, model: &str, request: &ModelRequest) -> Result<Body> {
        loop {
            let ways = self.habits.ways();
            match self.server.start(&self.chat, wire::question(model, request, ways)?).await {
                Ok(body) => return Ok(body),
                Err(Failure::Refused(refusal)) if self.habits.learn(ways, &refusal) => {}
                Err(Failure::Refused(refusal)) if request.model.is_some() && lacks_model(&refusal) => {
                    return Err(self.unknown(model).await);
                }
                Err(failure) => return Err(self.server.failed(failure)),
            }
        }
    }
}

#[async_trait]
impl LanguageModel for OpenAiModel {
    async fn check(&self) -> Health {
        let asked = async { Ok(self.catalogue.learn(self.ask_models().await?).len()) };
        self.server.health(asked).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(self.known(JUST_NOW).await?.to_vec())
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let model = self.resolve(request.model.as_deref()).await?;
        let body = self.start(&model, &request).await?;
        streaming::answer(Arc::clone(&self.server), body, Decoder::default()).await
    }
}

fn lacks_list(refusal: &Refusal) -> bool {
    matches!(refusal.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
}

fn lacks_model(refusal: &Refusal) -> bool {
    refusal.mentions(&["model_not_found"]) || (refusal.status == StatusCode::NOT_FOUND && refusal.mentions(&["model"]))
}

/// What `fuzz/` drives: a stream of the server.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    super::fuzz::stream::<decoder::Decoder>(bytes);
    let _ = (wire::models(bytes), wire::props(bytes));
}
