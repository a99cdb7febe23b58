use async_trait::async_trait;
use std::fmt::Debug;

use crate::{Result, ports::Health, text::Language};

/// Turns texts into vectors whose nearness is nearness of meaning.
///
/// Contract: vectors have the model's dimension and are of length 1, or all zero for a text in which the model knows
/// nothing (an empty one, say); the same text gives the same vector, alone or in a batch; answers come in the order
/// asked. A longer text than the model takes is cut, never refused.
#[async_trait]
pub trait Embedder: Send + Sync + Debug {
    /// Really asks the model.
    async fn check(&self) -> Health;

    /// What makes the vectors. A provider that does not know it asks once; a failure is no answer for ever.
    async fn model(&self) -> Result<EmbeddingModel>;

    /// Whether it understands a language; its vectors of others are noise.
    fn knows(&self, _language: Language) -> bool {
        true
    }

    /// The cosine from which on a question and a text have to do with each other even if they share no word. The default
    /// fits models trained for it, whose unrelated texts are near 0.
    fn similar_from(&self) -> f32 {
        0.35
    }

    /// One vector for each text.
    async fn embed(&self, purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>>;
}

/// Identity of an embedding model. Vectors of different models must never be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmbeddingModel {
    /// Name and version: whatever changes the vectors changes the id.
    pub id: String,
    /// Numbers in a vector.
    pub dimension: usize,
}

/// What a text is: some models are trained with a prefix for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmbedPurpose {
    /// What is asked.
    Query,
    /// What may be found.
    Passage,
}
