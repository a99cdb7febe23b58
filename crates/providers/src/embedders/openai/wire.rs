//! The JSON of the protocol, and what makes an answer acceptable.

use jarvis_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// No model makes longer vectors.
pub(super) const MAX_DIMENSION: usize = 16_384;
/// A number as JSON, with its comma; generously.
const NUMBER_BYTES: usize = 32;
/// What stands around the numbers.
const FRAME_BYTES: usize = 16 << 10;

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    /// Which text it belongs to; some servers leave it out and answer in order.
    index: Option<usize>,
    embedding: Vec<f32>,
}

pub(super) fn request(model: &str, texts: &[&str]) -> Result<Vec<u8>> {
    serde_json::to_vec(&Question { model, input: texts, encoding_format: "float" }).map_err(Error::internal)
}

/// The most bytes that an answer may have.
pub(super) fn answer_bytes(texts: usize, dimension: Option<usize>) -> usize {
    FRAME_BYTES + texts * (dimension.unwrap_or(MAX_DIMENSION) * NUMBER_BYTES + FRAME_BYTES)
}

/// The vectors in the order of their texts. All have the dimension wanted, or when none is, the same one.
pub(super) fn vectors(answer: &[u8], texts: usize, dimension: Option<usize>) -> Result<Vec<Vec<f32>>> {
    let Answer { data } = serde_json::from_slice(answer)
        .map_err(|error| unusable("it is not the JSON of embeddings").with_source(error))?;
    if data.len() != texts {
        return Err(unusable("it has not a vector for each text"));
    }
    let dimension = dimension.or(data.first().map(|item| item.embedding.len())).unwrap_or_default();
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; texts];
    for (place, Item { index, embedding }) in data.into_iter().enumerate() {
        check(&embedding, dimension)?;
        match vectors.get_mut(index.unwrap_or(place)) {
            Some(free @ None) => *free = Some(embedding),
            _ => return Err(unusable("its vectors are numbered wrongly")),
        }
    }
    Ok(vectors.into_iter().flatten().collect())
}

fn check(vector: &[f32], dimension: usize) -> Result<()> {
    if vector.is_empty() || vector.len() > MAX_DIMENSION {
        return Err(unusable("its vectors are empty or too long"));
    }
    if vector.len() != dimension {
        let found = vector.len();
        return Err(ErrorKind::Upstream
            .error(format!(
                "the embedding endpoint answers with {found} numbers in a vector instead of {dimension}; set \
                 EMBEDDING_DIMENSION to {found}, or choose another EMBEDDING_MODEL"
            ))
            .with_code("embedding_dimension"));
    }
    if vector.iter().all(|x| x.is_finite()) { Ok(()) } else { Err(unusable("a number in it is not finite")) }
}

/// An answer that cannot be used; asking again would bring the same.
pub(super) fn unusable(why: &'static str) -> Error {
    ErrorKind::Upstream
        .error(format!(
            "the embedding endpoint's answer cannot be used: {why}; check EMBEDDING_URL and EMBEDDING_MODEL"
        ))
        .with_code("embedding_answer")
}
