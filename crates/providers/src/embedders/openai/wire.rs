//! The JSON of the protocol.

use jarvis_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{
    super::remote::{FRAME_BYTES, Protocol, unusable},
    NAMES,
};

/// A number as JSON, with its comma; generously.
const NUMBER_BYTES: usize = 32;

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

/// Speaks of one model.
#[derive(Debug)]
pub(super) struct Wire {
    model: String,
}

impl Wire {
    pub(super) fn new(model: String) -> Self {
        Self { model }
    }
}

impl Protocol for Wire {
    fn model_id(&self, dimension: usize) -> String {
        format!("openai:{}:{dimension}", self.model)
    }

    fn request(&self, texts: &[&str]) -> Result<Vec<u8>> {
        let question = Question { model: &self.model, input: texts, encoding_format: "float" };
        serde_json::to_vec(&question).map_err(Error::internal)
    }

    fn answer_bytes(&self, texts: &[&str], dimension: usize) -> usize {
        FRAME_BYTES + texts.len() * (dimension * NUMBER_BYTES + FRAME_BYTES)
    }

    fn vectors(&self, answer: &[u8], texts: usize) -> Result<Vec<Vec<f32>>> {
        let Answer { data } = serde_json::from_slice(answer)
            .map_err(|error| unusable(&NAMES, "it is not the JSON of embeddings").with_source(error))?;
        let mut vectors: Vec<Option<Vec<f32>>> = vec![None; texts];
        for (place, Item { index, embedding }) in data.into_iter().enumerate() {
            match vectors.get_mut(index.unwrap_or(place)) {
                Some(free @ None) => *free = Some(embedding),
                _ => return Err(unusable(&NAMES, "its vectors are numbered wrongly")),
            }
        }
        Ok(vectors.into_iter().flatten().collect())
    }
}
