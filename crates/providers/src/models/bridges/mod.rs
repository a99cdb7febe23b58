//! The language model behind the Python bridges: `POST {base}/api/llm/generate`, one prompt in, one answer out.

mod prompt;
mod wire;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use hyper::Uri;
use jarvis_core::{
    Result,
    ports::{Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream, unknown_model},
};

use super::server::{Names, Server, Trouble, WHOLE};
use crate::{
    ApiKey,
    bridges::SETTINGS,
    http::{Address, CONNECT},
};

const NAMES: Names = Names { settings: SETTINGS, check: SETTINGS.url, kind: "the Python bridges" };
/// The one model that can be named: the bridges answer with theirs whatever a request says.
pub const BRIDGES_MODEL: &str = "bridges";
/// Who serves it.
const PROVIDER: &str = "bridges";

/// Which bridges are asked, and how.
#[derive(Clone, Debug)]
pub struct BridgesModelOptions {
    /// Where they listen, such as `http://localhost:8005`.
    pub base_url: String,
    /// Sent as a bearer token; the first bridges want none.
    pub token: Option<ApiKey>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

impl BridgesModelOptions {
    /// The defaults for bridges at an address.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), token: None, connect_timeout: CONNECT }
    }
}

/// Answers by asking the Python bridges.
#[derive(Debug)]
pub struct BridgesModel {
    server: Server,
    generate: Uri,
    list: Uri,
}

impl BridgesModel {
    /// Opens bridges without asking them: a start must not depend on another server.
    ///
    /// Errors name the setting to change.
    pub fn open(options: BridgesModelOptions) -> Result<Arc<Self>> {
        let BridgesModelOptions { base_url, token, connect_timeout } = options;
        let address = Address::parse(&base_url, &NAMES.settings)?;
        Ok(Arc::new(Self {
            server: Server::open(&address, token.as_ref(), NAMES, connect_timeout)?,
            generate: address.join("/api/llm/generate")?,
            list: address.join("/api/llm/models")?,
        }))
    }

    /// The names of the models behind the bridges.
    async fn names(&self) -> Result<Vec<String>> {
        let answer = self.server.get(&self.list).await.map_err(|failure| self.server.failed(failure))?;
        wire::models(&answer).ok_or_else(|| self.server.trouble(Trouble::Rubbish("no list of models".to_owned())))
    }
}

#[async_trait]
impl LanguageModel for BridgesModel {
    async fn check(&self) -> Health {
        self.server.health(async { Ok(self.names().await?.len()) }).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let names = self.names().await?;
        let which = if names.is_empty() { String::new() } else { format!(", which have {}", names.join(", ")) };
        Ok(vec![ModelInfo {
            id: BRIDGES_MODEL.to_owned(),
            provider: PROVIDER,
            description: format!("answers with the model that the Python bridges choose{which}"),
            context_tokens: None,
        }])
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        if let Some(model) = request.model.as_deref().filter(|model| *model != BRIDGES_MODEL) {
            return Err(unknown_model(model, [BRIDGES_MODEL]));
        }
        let question = wire::question(&request)?;
        let exchange = async { self.server.start(&self.generate, question).await?.read(WHOLE).await };
        let answer = exchange.await.map_err(|failure| self.server.failed(failure))?;
        let (text, done) = wire::answer(&answer, request.params).map_err(|trouble| self.server.trouble(trouble))?;
        let token = (!text.is_empty()).then_some(ModelEvent::Token(text));
        Ok(stream::iter(token.into_iter().chain([ModelEvent::Done(done)]).map(Ok)).boxed())
    }
}

/// What `fuzz/` drives: an answer of the server.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    let _ = wire::models(bytes);
    let _ = wire::answer(bytes, jarvis_core::ports::ModelParams::default());
}
