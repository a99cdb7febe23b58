//! The file of a static model, as it lies in the binary.
//!
//! | what | bytes |
//! |---|---|
//! | magic `JARVISE1` | 8 |
//! | tokens n, dimension d | u32, u32 |
//! | metadata: JSON object with `model`, the model's id | u32 length, then the JSON |
//! | texts of the tokens in the order of their ids, joined by `\n`; `##` begins a continuation | u32 length, then UTF-8 |
//! | scale of each token's row | n × f32 |
//! | rows | n × d × i8 |
//!
//! Numbers are little-endian. A token's vector is its scale times its row.

use jarvis_core::{Error, ErrorKind, Result, ports::EmbeddingModel};
use serde::Deserialize;

const MAGIC: &[u8] = b"JARVISE1";
/// More than any model has; keeps sizes far from overflow.
const MAX_TOKENS: usize = 1 << 20;
const MAX_DIMENSION: usize = 1 << 13;
/// Keeps every sum of rows finite.
const MAX_SCALE: f32 = 1e6;

/// A static model's file, cut into its parts. Nothing is copied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    metadata: &'static [u8],
    texts: &'static [u8],
    scales: &'static [u8],
    rows: &'static [u8],
    tokens: usize,
    dimension: usize,
}

#[derive(Deserialize)]
struct Metadata {
    model: String,
}

impl Asset {
    /// Cuts a file; looks at sizes only, so that it costs nothing at startup.
    pub(crate) fn parse(bytes: &'static [u8]) -> Result<Self> {
        Self::cut(bytes).ok_or_else(|| damaged("its sizes contradict each other"))
    }

    fn cut(bytes: &'static [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let tokens = take_size(&mut rest)?;
        let dimension = take_size(&mut rest)?;
        if tokens == 0 || tokens > MAX_TOKENS || dimension == 0 || dimension > MAX_DIMENSION {
            return None;
        }
        let metadata = take_block(&mut rest)?;
        let texts = take_block(&mut rest)?;
        let scales = rest.split_off(..tokens * size_of::<f32>())?;
        (rest.len() == tokens * dimension).then_some(Self { metadata, texts, scales, rows: rest, tokens, dimension })
    }

    /// Who made the vectors.
    pub(crate) fn model(&self) -> Result<EmbeddingModel> {
        let metadata: Metadata =
            serde_json::from_slice(self.metadata).map_err(|error| damaged("its metadata").with_source(error))?;
        if metadata.model.is_empty() {
            return Err(damaged("its model has no name"));
        }
        Ok(EmbeddingModel { id: metadata.model, dimension: self.dimension })
    }

    /// The text of each token, in the order of their ids.
    pub(crate) fn texts(&self) -> Result<Vec<&'static str>> {
        let texts = str::from_utf8(self.texts).map_err(|error| damaged("its vocabulary").with_source(error))?;
        let texts: Vec<&str> = texts.split('\n').collect();
        if texts.len() == self.tokens { Ok(texts) } else { Err(damaged("it has not a text for each token")) }
    }

    /// Whether every scale is a number that sums stay finite with.
    pub(crate) fn check_scales(&self) -> Result<()> {
        let usable = (0..self.tokens).all(|token| (0.0..=MAX_SCALE).contains(&self.scale(token)));
        if usable { Ok(()) } else { Err(damaged("a scale is out of range")) }
    }

    fn scale(&self, token: usize) -> f32 {
        let (scales, _) = self.scales.as_chunks();
        f32::from_le_bytes(scales[token])
    }

    /// Adds a token's vector to a sum of as many numbers as the model has dimensions.
    pub(crate) fn add(&self, token: usize, sum: &mut [f32]) {
        let scale = self.scale(token);
        let row = &self.rows[token * self.dimension..][..self.dimension];
        for (sum, &byte) in sum.iter_mut().zip(row) {
            *sum += scale * f32::from(byte.cast_signed());
        }
    }
}

/// The file of the model is not what it should be: the build, not the user, is at fault.
pub(crate) fn damaged(what: &'static str) -> Error {
    ErrorKind::Corrupt
        .error("the static embedding model inside this program is damaged; install the program anew")
        .with_source(what)
}

fn take_size(rest: &mut &'static [u8]) -> Option<usize> {
    let (size, after) = rest.split_first_chunk()?;
    *rest = after;
    usize::try_from(u32::from_le_bytes(*size)).ok()
}

fn take_block(rest: &mut &'static [u8]) -> Option<&'static [u8]> {
    let length = take_size(rest)?;
    rest.split_off(..length)
}
