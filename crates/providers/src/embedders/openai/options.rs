use std::{fmt, time::Duration};

use jarvis_core::{Error, Result};

/// What lets us in at an endpoint. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key as its issuer wrote it.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

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
        if self.dimension.is_some_and(|dimension| !(1..=super::wire::MAX_DIMENSION).contains(&dimension)) {
            let most = super::wire::MAX_DIMENSION;
            return Err(Error::invalid("dimension", format!("EMBEDDING_DIMENSION must lie between 1 and {most}")));
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
