//! Embeddings by the Python bridges: `POST {base}/api/embeddings/embed-batch`.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jarvis_core::{Error, Result, ports::Embedder};
use serde::{Deserialize, Serialize};

use super::remote::{Bounds, Endpoint, FRAME_BYTES, Names, Protocol, RemoteEmbedder, unusable};
use crate::ApiKey;

const NAMES: Names = Names { settings: crate::bridges::SETTINGS, check: crate::bridges::SETTINGS.url };
/// A number of four bytes in base64; generously.
const NUMBER_BYTES: usize = 6;
/// How many times a byte of a text may come back as JSON, where a control character takes six.
const ECHO: usize = 6;

/// Which bridges are asked, and how.
#[derive(Clone, Debug)]
pub struct BridgesEmbedderOptions {
    /// Where they listen, such as `http://localhost:8005`.
    pub base_url: String,
    /// Sent as a bearer token; the first bridges want none.
    pub token: Option<ApiKey>,
    /// Numbers in a vector; an answer of another length is an error. The bridges are asked when this is not given.
    pub dimension: Option<usize>,
    /// How long an answer to one request is waited for.
    pub timeout: Duration,
    /// How often a request is sent in all, when the bridges are overloaded or away; 1 to 10.
    pub attempts: u32,
    /// How long the first pause between two attempts is; each further one is twice as long.
    pub pause: Duration,
}

impl BridgesEmbedderOptions {
    /// The defaults for bridges at an address.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            token: None,
            dimension: None,
            timeout: Duration::from_secs(30),
            attempts: 4,
            pause: Duration::from_millis(250),
        }
    }
}

/// Embeds by asking the Python bridges.
#[derive(Debug)]
pub struct BridgesEmbedder;

impl BridgesEmbedder {
    /// Opens bridges without asking them: a start must not depend on another server.
    ///
    /// Errors name the setting to change.
    pub fn open(options: BridgesEmbedderOptions) -> Result<Arc<dyn Embedder>> {
        let BridgesEmbedderOptions { base_url, token, dimension, timeout, attempts, pause } = options;
        let path = "/api/embeddings/embed-batch";
        let endpoint = Endpoint::open(&base_url, path, token.as_ref(), NAMES, Wire)?;
        // their models read 128 to 512 tokens of a text
        let (batch_texts, batch_bytes, text_bytes) = (64, 128 << 10, 8_000);
        let bounds = Bounds { dimension, timeout, batch_texts, batch_bytes, text_bytes, attempts, pause };
        RemoteEmbedder::open(endpoint, bounds)
    }
}

#[derive(Serialize)]
struct Question<'a> {
    texts: &'a [&'a str],
}

#[derive(Deserialize)]
struct Answer {
    embeddings: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    /// Numbers of four bytes, the lowest first, in base64.
    vector: String,
}

#[derive(Debug)]
struct Wire;

impl Protocol for Wire {
    /// The bridges do not say which model they have: only its dimension tells one from another.
    fn model_id(&self, dimension: usize) -> String {
        format!("bridges:{dimension}")
    }

    fn request(&self, texts: &[&str]) -> Result<Vec<u8>> {
        serde_json::to_vec(&Question { texts }).map_err(Error::internal)
    }

    fn answer_bytes(&self, texts: &[&str], dimension: usize) -> usize {
        let echoed = texts.iter().map(|text| text.len() * ECHO).sum::<usize>();
        FRAME_BYTES + texts.len() * (dimension * NUMBER_BYTES + FRAME_BYTES) + echoed
    }

    fn vectors(&self, answer: &[u8], _texts: usize) -> Result<Vec<Vec<f32>>> {
        let Answer { embeddings } = serde_json::from_slice(answer)
            .map_err(|error| unusable(&NAMES, "it is not the JSON of embeddings").with_source(error))?;
        embeddings.iter().map(|item| numbers(&item.vector)).collect()
    }
}

#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    super::remote::fuzz(&Wire, &NAMES, bytes);
}

fn numbers(base64: &str) -> Result<Vec<f32>> {
    let bytes =
        STANDARD.decode(base64).map_err(|error| unusable(&NAMES, "a vector is not in base64").with_source(error))?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(unusable(&NAMES, "a vector ends within a number"));
    }
    Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
