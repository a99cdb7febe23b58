use std::fmt::Debug;

use jarvis_core::{Error, ErrorKind, Result};

use crate::http::Settings;

/// No model makes longer vectors.
pub(in crate::embedders) const MAX_DIMENSION: usize = 16_384;
/// What stands around the numbers of an answer.
pub(in crate::embedders) const FRAME_BYTES: usize = 16 << 10;

/// The settings of an endpoint, as messages name them.
#[derive(Clone, Copy, Debug)]
pub(in crate::embedders) struct Names {
    pub(in crate::embedders) settings: Settings,
    /// What to look at when the endpoint answers something else than wanted.
    pub(in crate::embedders) check: &'static str,
}

/// What differs between servers.
pub(in crate::embedders) trait Protocol: Debug + Send + Sync {
    /// Whatever changes the vectors changes it.
    fn model_id(&self, dimension: usize) -> String;

    fn request(&self, texts: &[&str]) -> Result<Vec<u8>>;

    /// The most bytes that a number takes in an answer, and what stands around a vector of some texts.
    fn answer_bytes(&self, texts: &[&str], dimension: usize) -> usize;

    /// The vectors in the order of their texts.
    fn vectors(&self, answer: &[u8], texts: usize) -> Result<Vec<Vec<f32>>>;
}

/// An answer that cannot be used; asking again would bring the same.
pub(in crate::embedders) fn unusable(names: &Names, why: &'static str) -> Error {
    let check = names.check;
    ErrorKind::Upstream
        .error(format!("the embedding endpoint's answer cannot be used: {why}; check {check}"))
        .with_code("embedding_answer")
}

/// The vectors of an answer: as many as the texts, finite, and of the dimension wanted, or when none is, of the same one.
pub(super) fn read(
    protocol: &dyn Protocol,
    names: &Names,
    answer: &[u8],
    texts: usize,
    dimension: Option<usize>,
) -> Result<Vec<Vec<f32>>> {
    let vectors = protocol.vectors(answer, texts)?;
    check(names, &vectors, texts, dimension)?;
    Ok(vectors)
}

fn check(names: &Names, vectors: &[Vec<f32>], texts: usize, dimension: Option<usize>) -> Result<()> {
    if vectors.len() != texts {
        return Err(unusable(names, "it has not a vector for each text"));
    }
    let dimension = dimension.or(vectors.first().map(Vec::len)).unwrap_or_default();
    vectors.iter().try_for_each(|vector| check_one(names, vector, dimension))
}

fn check_one(names: &Names, vector: &[f32], dimension: usize) -> Result<()> {
    if vector.is_empty() || vector.len() > MAX_DIMENSION {
        return Err(unusable(names, "its vectors are empty or too long"));
    }
    if vector.len() != dimension {
        let found = vector.len();
        return Err(ErrorKind::Upstream
            .error(format!(
                "the embedding endpoint answers with {found} numbers in a vector instead of {dimension}; set \
                 EMBEDDING_DIMENSION to {found}, or choose another model there"
            ))
            .with_code("embedding_dimension"));
    }
    if vector.iter().all(|x| x.is_finite()) { Ok(()) } else { Err(unusable(names, "a number in it is not finite")) }
}
