//! Embeddings by an endpoint that speaks OpenAI's protocol: `POST {base}/embeddings`.
//!
//! `options` is what can be chosen, `endpoint` is one request over HTTP, `patience` asks again when that can help,
//! `wire` is the JSON and what makes it acceptable.

mod endpoint;
mod options;
mod patience;
mod wire;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use jarvis_core::{
    Error, Result,
    ports::{EmbedPurpose, Embedder, EmbeddingModel, Health},
};
use tokio::sync::Semaphore;

pub use self::options::{ApiKey, OpenAiEmbedderOptions};
use self::{endpoint::Endpoint, patience::Patience};
use super::vectors::normalise;

/// Requests on their way at a time; who comes later waits.
const CONCURRENT: usize = 8;
/// A check answers within two seconds, whatever the endpoint does.
const CHECK: Duration = Duration::from_millis(1_500);
/// What the model is asked when only its answering matters.
const PROBE: &str = "health";

/// Embeds by asking an endpoint.
#[derive(Debug)]
pub struct OpenAiEmbedder {
    endpoint: Endpoint,
    model: EmbeddingModel,
    options: OpenAiEmbedderOptions,
    turns: Semaphore,
}

impl OpenAiEmbedder {
    /// Opens an endpoint. It is asked once when no dimension is given, and not at all otherwise.
    ///
    /// Errors name the setting to change.
    pub async fn open(options: OpenAiEmbedderOptions) -> Result<Arc<Self>> {
        options.check()?;
        let endpoint = Endpoint::open(&options)?;
        let patience = Patience::of(&options);
        let dimension = match options.dimension {
            Some(dimension) => dimension,
            None => patience.ask(|| endpoint.ask(&[PROBE], None, options.timeout)).await?[0].len(),
        };
        let id = format!("openai:{}:{dimension}", options.model);
        let model = EmbeddingModel { id, dimension };
        Ok(Arc::new(Self { endpoint, model, options, turns: Semaphore::new(CONCURRENT) }))
    }

    /// Texts that go in one request: never more than the bounds of the options, but at least one.
    fn batches<'t, 'a>(&self, texts: &'t [(usize, &'a str)]) -> impl Iterator<Item = &'t [(usize, &'a str)]> {
        let (most, most_bytes) = (self.options.batch_texts, self.options.batch_bytes);
        let mut rest = texts;
        std::iter::from_fn(move || {
            let mut bytes = 0;
            let fit = rest.iter().take(most).take_while(|(_, text)| {
                bytes += text.len();
                bytes <= most_bytes
            });
            let count = fit.count().max(1).min(rest.len());
            let (batch, after) = rest.split_at(count);
            rest = after;
            (!batch.is_empty()).then_some(batch)
        })
    }

    async fn ask(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let dimension = Some(self.model.dimension);
        let patience = Patience::of(&self.options);
        patience
            .ask(|| async {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                self.endpoint.ask(texts, dimension, self.options.timeout).await
            })
            .await
    }
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    async fn check(&self) -> Health {
        let start = Instant::now();
        let timeout = CHECK.min(self.options.timeout);
        match self.endpoint.ask(&[PROBE], Some(self.model.dimension), timeout).await {
            Ok(_) => Health::healthy(start.elapsed()),
            Err(error) => Health::unhealthy(start.elapsed(), error.message()),
        }
    }

    fn model(&self) -> &EmbeddingModel {
        &self.model
    }

    /// The models of this protocol take queries and passages alike.
    async fn embed(&self, _purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = vec![vec![0.0; self.model.dimension]; texts.len()];
        // endpoints refuse an empty text
        let asked: Vec<(usize, &str)> = texts
            .iter()
            .enumerate()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(index, text)| (index, cut(text, self.options.text_bytes)))
            .collect();
        for batch in self.batches(&asked) {
            let texts: Vec<&str> = batch.iter().map(|(_, text)| *text).collect();
            for ((index, _), mut vector) in batch.iter().zip(self.ask(&texts).await?) {
                normalise(&mut vector);
                vectors[*index] = vector;
            }
        }
        Ok(vectors)
    }
}

/// The beginning of a text, at most so many bytes, of whole characters.
fn cut(text: &str, bytes: usize) -> &str {
    let text = text.trim_start();
    &text[..text.floor_char_boundary(bytes)]
}
