//! Several providers as one.

mod health;
mod listing;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt, future::join_all, stream};
use jarvis_core::{
    Error, Result,
    policy::prompt::{measure, of_model},
    ports::{Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream, unknown_model},
};

use listing::Listing;

/// A provider and its name in `provider/model`.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name, also in [`ModelInfo::provider`].
    pub name: &'static str,
    /// What answers.
    pub model: Arc<dyn LanguageModel>,
    /// Whether it needs no server: it does not count for the health of those that do, and takes any prompt.
    pub is_spare: bool,
}

/// How providers stand in for one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutedOptions {
    /// Providers asked in this order when the default one fails before its first token and the request names no model.
    pub fallback: Vec<&'static str>,
    /// Tokens that a prompt and its answer may have together, whatever a provider says.
    pub context_tokens: Option<u32>,
    /// The same where neither that nor the provider says it.
    pub default_context_tokens: u32,
}

/// Routes by the model's name: as a provider tells it, or `provider/name`. A plain name that several providers have is
/// that of the first; the others' stand in the list with their provider. Without a name, the first provider's default.
#[derive(Debug)]
pub struct RoutedModel {
    routes: Vec<Route>,
    options: RoutedOptions,
}

#[derive(Debug)]
struct Route {
    provider: Provider,
    listing: Listing,
}

/// A model and how its provider calls it.
struct Found {
    route: usize,
    plain: String,
    info: ModelInfo,
}

impl RoutedModel {
    /// Over these providers, the default before the others.
    pub fn new(default: Provider, others: Vec<Provider>, options: RoutedOptions) -> Self {
        let route = |provider: Provider| Route { listing: Listing::new(Arc::clone(&provider.model)), provider };
        Self { routes: [default].into_iter().chain(others).map(route).collect(), options }
    }

    /// A model as told by one provider, as everybody else sees it.
    fn shown(&self, route: usize, model: &ModelInfo) -> ModelInfo {
        let taken = |other: &Route| other.listing.known().is_some_and(|known| known.iter().any(|m| m.id == model.id));
        let provider = self.routes[route].provider.name;
        let id =
            if self.routes[..route].iter().any(taken) { format!("{provider}/{}", model.id) } else { model.id.clone() };
        let context = if self.routes[route].provider.is_spare {
            model.context_tokens
        } else {
            let told = self.options.context_tokens.or(model.context_tokens);
            told.or(Some(self.options.default_context_tokens))
        };
        ModelInfo { id, provider, description: model.description.clone(), context_tokens: context }
    }

    /// The model behind a name, among what is known.
    fn find(&self, name: &str) -> Option<Found> {
        let found =
            |route: usize, model: &ModelInfo| Found { route, plain: model.id.clone(), info: self.shown(route, model) };
        let known = |route: &Route| route.listing.known().unwrap_or_default();
        for (index, route) in self.routes.iter().enumerate() {
            if let Some(model) = known(route).iter().find(|model| is_meant(name, &model.id)) {
                return Some(found(index, model));
            }
        }
        let (provider, plain) = name.split_once('/')?;
        let index = self.routes.iter().position(|route| route.provider.name == provider)?;
        known(&self.routes[index]).iter().find(|model| is_meant(plain, &model.id)).map(|model| found(index, model))
    }

    /// The same, asking the providers again before a name is called unknown: a model may just have been pulled.
    async fn look_up(&self, name: &str) -> Result<Found> {
        self.routes.iter().for_each(|route| route.listing.keep_fresh());
        if let Some(found) = self.find(name) {
            return Ok(found);
        }
        let told = join_all(self.routes.iter().map(|route| route.listing.models())).await;
        if let Some(found) = self.find(name) {
            return Ok(found);
        }
        join_all(self.routes.iter().map(|route| route.listing.refresh())).await;
        if let Some(found) = self.find(name) {
            return Ok(found);
        }
        // Nobody can tell that a model is not there while who may have it cannot be asked.
        if let Some(trouble) = told.into_iter().find_map(Result::err) {
            return Err(trouble);
        }
        let known = self.known();
        Err(unknown_model(name, known.iter().map(|model| &*model.id)))
    }

    fn known(&self) -> Vec<ModelInfo> {
        let listed = |(index, route): (usize, &Route)| {
            let known = route.listing.known().unwrap_or_default();
            known.iter().map(|model| self.shown(index, model)).collect::<Vec<_>>()
        };
        self.routes.iter().enumerate().flat_map(listed).collect()
    }

    /// What a provider answers with when no model is named. Its name stands for it as long as it has told none.
    fn default_of(&self, route: usize) -> ModelInfo {
        let known = self.routes[route].listing.known().unwrap_or_default();
        let name = self.routes[route].provider.name;
        known.first().map_or_else(
            || {
                let unknown =
                    ModelInfo { id: name.to_owned(), provider: name, description: String::new(), context_tokens: None };
                self.shown(route, &unknown)
            },
            |model| self.shown(route, model),
        )
    }

    /// Asks those that stand in for the first provider and have room for its prompt; its own error when none of them can
    /// either.
    async fn fall_back(&self, request: &ModelRequest, failed: Error) -> Result<ModelStream> {
        let prompt = measure(&request.messages);
        for name in &self.options.fallback {
            let Some(index) = self.routes.iter().position(|route| route.provider.name == *name) else { continue };
            if index == 0 {
                continue;
            }
            let Route { provider, listing } = &self.routes[index];
            // Tells the room of its models too.
            let _ = listing.models().await;
            let model = self.default_of(index);
            let has_room = |window| prompt <= of_model(window, request.params.max_tokens, 1.0, 0, 0).total;
            if !model.context_tokens.is_none_or(has_room) {
                tracing::debug!(prompt, model = model.id, "the prompt is too long for a model that stands in");
                continue;
            }
            match provider.model.complete(request.clone()).await {
                Ok(stream) => {
                    tracing::warn!(error = ?failed, instead = name, "the default model failed; another one answers");
                    let started = ModelEvent::Started { model: model.id };
                    return Ok(stream::iter([Ok(started)]).chain(stream).boxed());
                }
                Err(error) => tracing::warn!(?error, provider = name, "a model that stands in failed too"),
            }
        }
        Err(failed)
    }
}

/// Whether a request means this model. Ollama lists without the tag `latest` what many programs name with it.
fn is_meant(name: &str, id: &str) -> bool {
    name.strip_prefix(id).is_some_and(|tag| matches!(tag, "" | ":latest"))
}

#[async_trait]
impl LanguageModel for RoutedModel {
    async fn check(&self) -> Health {
        health::check(self.routes.iter().map(|route| &route.provider)).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let told = join_all(self.routes.iter().map(|route| route.listing.models())).await;
        let known = self.known();
        match told.into_iter().find_map(Result::err) {
            Some(trouble) if known.is_empty() => Err(trouble),
            _ => Ok(known),
        }
    }

    async fn resolve(&self, name: Option<&str>) -> Result<ModelInfo> {
        if let Some(name) = name {
            return self.look_up(name).await.map(|found| found.info);
        }
        // Who cannot be asked for its models says why when it is asked for an answer.
        let _ = self.routes[0].listing.models().await;
        Ok(self.default_of(0))
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        if let Some(name) = &request.model {
            let Found { route, plain, .. } = self.look_up(name).await?;
            return self.routes[route].provider.model.complete(ModelRequest { model: Some(plain), ..request }).await;
        }
        if self.options.fallback.is_empty() {
            return self.routes[0].provider.model.complete(request).await;
        }
        match self.routes[0].provider.model.complete(request.clone()).await {
            Err(error) if error.kind().is_temporary() => self.fall_back(&request, error).await,
            answer => answer,
        }
    }
}
