//! Embeddings by another server, whatever its protocol.
//!
//! `endpoint` is one request over HTTP, `patience` asks again when that can help, `protocol` is what differs between
//! servers: how texts are asked, how vectors are written. The bounds, the batches and the checks are the same for all.

mod endpoint;
mod patience;
mod protocol;

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

use self::patience::Patience;
pub(super) use self::{
    endpoint::Endpoint,
    protocol::{FRAME_BYTES, MAX_DIMENSION, Names, Protocol, unusable},
};
use super::vectors::normalise;

/// Requests on their way at a time; who comes later waits.
const CONCURRENT: usize = 8;
/// A check answers within two seconds, whatever the endpoint does.
const CHECK: Duration = Duration::from_millis(1_500);
/// What the model is asked when only its answering matters.
const PROBE: &str = "health";

/// What one request may hold, and how often it is made.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// Numbers in a vector; the endpoint is asked when nobody said.
    pub(super) dimension: Option<usize>,
    pub(super) timeout: Duration,
    pub(super) batch_texts: usize,
    pub(super) batch_bytes: usize,
    pub(super) text_bytes: usize,
    pub(super) attempts: u32,
    pub(super) pause: Duration,
}

impl Bounds {
    fn check(&self) -> Result<()> {
        if self.dimension.is_some_and(|dimension| !(1..=MAX_DIMENSION).contains(&dimension)) {
            let refusal = format!("EMBEDDING_DIMENSION must lie between 1 and {MAX_DIMENSION}");
            return Err(Error::invalid("dimension", refusal));
        }
        let bounds = [
            ("batch_texts", (1..=128).contains(&self.batch_texts)),
            ("batch_bytes", self.batch_bytes > 0),
            ("text_bytes", self.text_bytes >= 4),
            ("attempts", (1..=10).contains(&self.attempts)),
        ];
        match bounds.iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(Error::invalid(*field, "this bound of the embedding endpoint is out of range")),
            None => Ok(()),
        }
    }
}

/// Embeds by asking an endpoint.
#[derive(Debug)]
pub(super) struct RemoteEmbedder {
    endpoint: Endpoint,
    /// Numbers in a vector, once they are known.
    dimension: OnceCell<usize>,
    bounds: Bounds,
    turns: Semaphore,
}

impl RemoteEmbedder {
    pub(super) fn open(endpoint: Endpoint, bounds: Bounds) -> Result<Arc<dyn Embedder>> {
        bounds.check()?;
        let dimension = OnceCell::new_with(bounds.dimension);
        Ok(Arc::new(Self { endpoint, dimension, bounds, turns: Semaphore::new(CONCURRENT) }))
    }

    /// Numbers in a vector; the endpoint is asked once when nobody said.
    async fn dimension(&self) -> Result<usize> {
        let learned = || async {
            let ask = || self.endpoint.ask(&[PROBE], None, self.bounds.timeout);
            Ok(Patience::of(&self.bounds).ask(ask).await?.first().map_or(0, Vec::len))
        };
        self.dimension.get_or_try_init(learned).await.copied()
    }

    /// Texts that go in one request: never more than the bounds, but at least one.
    fn batches<'t, 'a>(&self, texts: &'t [(usize, &'a str)]) -> impl Iterator<Item = &'t [(usize, &'a str)]> {
        let (most, most_bytes) = (self.bounds.batch_texts, self.bounds.batch_bytes);
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
        let patience = Patience::of(&self.bounds);
        patience
            .ask(|| async {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                self.endpoint.ask(texts, dimension, self.bounds.timeout).await
            })
            .await
    }
}

#[async_trait]
impl Embedder for RemoteEmbedder {
    async fn check(&self) -> Health {
        let start = Instant::now();
        let timeout = CHECK.min(self.bounds.timeout);
        match self.endpoint.ask(&[PROBE], self.dimension.get().copied(), timeout).await {
            Ok(_) => Health::healthy(start.elapsed()),
            Err(error) => Health::unhealthy(start.elapsed(), error.message()),
        }
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        let dimension = self.dimension().await?;
        Ok(EmbeddingModel { id: self.endpoint.model_id(dimension), dimension })
    }

    /// The models of these protocols take queries and passages alike.
    async fn embed(&self, _purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = vec![vec![0.0; self.dimension().await?]; texts.len()];
        // endpoints refuse an empty text
        let asked: Vec<(usize, &str)> = texts
            .iter()
            .enumerate()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(index, text)| (index, cut(text, self.bounds.text_bytes)))
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

/// What `fuzz/` drives: the answer to some texts, whose number is its first byte.
#[cfg(fuzzing)]
pub(super) fn fuzz(protocol: &dyn Protocol, names: &Names, bytes: &[u8]) {
    let Some((&texts, answer)) = bytes.split_first() else { return };
    let texts = usize::from(texts % 8);
    for dimension in [None, Some(2)] {
        let Ok(vectors) = protocol::read(protocol, names, answer, texts, dimension) else { continue };
        assert_eq!(vectors.len(), texts);
        for mut vector in vectors {
            normalise(&mut vector);
            let length = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
            assert!(length == 0.0 || (length - 1.0).abs() < 1e-3, "a vector of length {length}");
        }
    }
}
