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
use tokio::sync::{OnceCell, Semaphore};

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
    /// Numbers in a vector, once they are known.
    dimension: OnceCell<usize>,
    options: OpenAiEmbedderOptions,
    turns: Semaphore,
}

impl OpenAiEmbedder {
    /// Opens an endpoint without asking it: a start must not depend on another server.
    ///
    /// Errors name the setting to change.
    pub fn open(options: OpenAiEmbedderOptions) -> Result<Arc<Self>> {
        options.check()?;
        let endpoint = Endpoint::open(&options)?;
        let dimension = OnceCell::new_with(options.dimension);
        Ok(Arc::new(Self { endpoint, dimension, options, turns: Semaphore::new(CONCURRENT) }))
    }

    /// Numbers in a vector; the endpoint is asked once when nobody said.
    async fn dimension(&self) -> Result<usize> {
        let learned = || async {
            let vectors =
                Patience::of(&self.options).ask(|| self.endpoint.ask(&[PROBE], None, self.options.timeout)).await?;
            Ok(vectors.first().map_or(0, Vec::len))
        };
        self.dimension.get_or_try_init(learned).await.copied()
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
        let dimension = Some(self.dimension().await?);
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
        match self.endpoint.ask(&[PROBE], self.dimension.get().copied(), timeout).await {
            Ok(_) => Health::healthy(start.elapsed()),
            Err(error) => Health::unhealthy(start.elapsed(), error.message()),
        }
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        let dimension = self.dimension().await?;
        Ok(EmbeddingModel { id: format!("openai:{}:{dimension}", self.options.model), dimension })
    }

    /// The models of this protocol take queries and passages alike.
    async fn embed(&self, _purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = vec![vec![0.0; self.dimension().await?]; texts.len()];
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
