//! A table with one vector for each token, inside the binary: no download, no start, microseconds for a text.
//!
//! The vector of a text is the sum of its tokens' vectors, made of length 1: what Arora et al. 2017 ("A simple but
//! tough-to-beat baseline for sentence embeddings") show to be a strong baseline when rare tokens weigh more. The
//! weights are in the table.
//!
//! `asset` is the table's file, `words` and `vocabulary` turn a text into tokens.

mod asset;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

use std::{
    ops::ControlFlow,
    sync::{Arc, OnceLock},
    time::Instant,
};

use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{EmbedPurpose, Embedder, EmbeddingModel, Health},
    text::Language,
};

use self::{asset::Asset, vocabulary::Vocabulary, words::Words};
use super::vectors::normalise;

/// The default model; `assets/README.md` tells where it comes from.
static TABLE: &[u8] = include_bytes!("../../../assets/static-minilm.bin");

/// Tokens of a text that are looked at; more would only blur the vector. The models of the kind take as many.
const MAX_TOKENS: usize = 512;
/// Bytes of text after which others get their turn on this thread: some hundreds of microseconds.
const TURN: usize = 64 << 10;

/// Embeds by looking up tokens in a table.
#[derive(Debug)]
pub struct StaticEmbedder {
    asset: Asset,
    model: EmbeddingModel,
    /// Read at first use: startup must not pay for it.
    vocabulary: OnceLock<Result<Vocabulary>>,
}

/// Buffers that are used again for each text.
struct Scratch {
    words: Words,
    ends: Vec<(usize, u64)>,
    tokens: Vec<u32>,
}

impl StaticEmbedder {
    /// The model inside the binary. Only its header is read here; an error means a damaged program.
    pub fn new() -> Result<Arc<Self>> {
        Self::from_table(TABLE)
    }

    fn from_table(table: &'static [u8]) -> Result<Arc<Self>> {
        let asset = Asset::parse(table)?;
        Ok(Arc::new(Self { asset, model: asset.model()?, vocabulary: OnceLock::new() }))
    }

    fn vocabulary(&self) -> Result<&Vocabulary> {
        let read = || {
            self.asset.check_scales()?;
            Vocabulary::read(&self.asset)
        };
        self.vocabulary.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn vector(&self, vocabulary: &Vocabulary, text: &str, scratch: &mut Scratch) -> Vec<f32> {
        scratch.read_tokens(vocabulary, text);
        let mut sum = vec![0.0; self.model.dimension];
        for &token in &scratch.tokens {
            self.asset.add(token as usize, &mut sum);
        }
        normalise(&mut sum);
        sum
    }
}

impl Scratch {
    fn new() -> Self {
        Self { words: Words::new(), ends: Vec::new(), tokens: Vec::new() }
    }

    /// The known tokens among the first [`MAX_TOKENS`] of a text. A word that is not known counts as one token, as it
    /// does in the models of the kind.
    fn read_tokens(&mut self, vocabulary: &Vocabulary, text: &str) {
        let Self { words, ends, tokens } = self;
        tokens.clear();
        let mut unknown = 0;
        words.visit(text, |word| {
            if !vocabulary.append_pieces(word, ends, tokens) {
                unknown += 1;
            }
            if tokens.len() + unknown < MAX_TOKENS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        tokens.truncate(MAX_TOKENS - unknown.min(MAX_TOKENS));
    }
}

#[async_trait]
impl Embedder for StaticEmbedder {
    async fn check(&self) -> Health {
        let start = Instant::now();
        match self.embed(EmbedPurpose::Query, &["health"]).await {
            Ok(_) => Health::healthy(start.elapsed()),
            Err(error) => Health::unhealthy(start.elapsed(), error.message()),
        }
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        Ok(self.model.clone())
    }

    /// The model it was distilled from was trained on English.
    fn knows(&self, language: Language) -> bool {
        language == Language::English
    }

    /// Of two dozen questions asked by hand, those about the text were at .25 and above, the others at .19 and below.
    fn similar_from(&self) -> f32 {
        0.23
    }

    async fn embed(&self, _purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let vocabulary = self.vocabulary()?;
        let mut scratch = Scratch::new();
        let mut vectors = Vec::with_capacity(texts.len());
        let mut read = 0;
        for text in texts {
            vectors.push(self.vector(vocabulary, text, &mut scratch));
            read += text.len();
            if read > TURN {
                read = 0;
                tokio::task::yield_now().await;
            }
        }
        Ok(vectors)
    }
}
