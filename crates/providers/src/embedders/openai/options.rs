use std::time::Duration;

use jarvis_core::{Error, Result};

use super::super::remote::Bounds;
use crate::ApiKey;

/// Which endpoint is asked, and how.
#[derive(Clone, Debug)]
pub struct OpenAiEmbedderOptions {
    /// Where the API lies, such as `https://api.openai.com/v1`; `/embeddings` is put behind it.
    pub base_url: String,
    /// Sent as a bearer token. Servers of one's own often need none.
    pub api_key: Option<ApiKey>,
    /// The model's name at the endpoint.
    pub model: String,
    /// Numbers in a vector; an answer of another length is an error. The endpoint is asked when this is not given.
    pub dimension: Option<usize>,
    /// How long an answer to one request is waited for.
    pub timeout: Duration,
    /// Texts in one request, 1 to 128.
    pub batch_texts: usize,
    /// Bytes of text in one request; a longer text goes alone.
    pub batch_bytes: usize,
    /// Bytes of a text that are sent; the rest is cut off. Models refuse a text of more tokens than they take, and a
    /// token is at least a byte: OpenAI's take 8191 tokens.
    pub text_bytes: usize,
    /// How often a request is sent in all, when the endpoint is overloaded or away; 1 to 10.
    pub attempts: u32,
    /// How long the first pause between two attempts is; each further one is twice as long.
    pub pause: Duration,
}

impl OpenAiEmbedderOptions {
    /// The defaults for a model at an endpoint.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: None,
            model: model.into(),
            dimension: None,
            timeout: Duration::from_secs(30),
            batch_texts: 128,
            batch_bytes: 256 << 10,
            text_bytes: 8_000,
            attempts: 4,
            pause: Duration::from_millis(250),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.model.trim().is_empty() {
            return Err(Error::invalid(
                "model",
                "the embedding endpoint needs the name of a model; set EMBEDDING_MODEL",
            ));
        }
        Ok(())
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            dimension: self.dimension,
            timeout: self.timeout,
            batch_texts: self.batch_texts,
            batch_bytes: self.batch_bytes,
            text_bytes: self.text_bytes,
            attempts: self.attempts,
            pause: self.pause,
        }
    }
}
