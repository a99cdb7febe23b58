use async_trait::async_trait;
use futures_core::stream::BoxStream;
use std::fmt::Debug;

use crate::{
    Error, ErrorKind, Result, Timestamp,
    ports::Health,
    types::{DocRef, Role},
};

/// Produces an assistant's answer.
///
/// Contract: `complete` fails before its stream begins when nothing can be produced; a stream ends with exactly one
/// [`ModelEvent::Done`] or one error and nothing after it; dropping the stream stops the work upstream. Whoever answers in
/// another's place says so by [`ModelEvent::Started`], the first event, ready as soon as `complete` answers.
#[async_trait]
pub trait LanguageModel: Send + Sync + Debug {
    /// Really asks the provider.
    async fn check(&self) -> Health;

    /// The models that may be named in a request, the default first.
    async fn models(&self) -> Result<Vec<ModelInfo>>;

    /// The model that answers a request with this name, or without one. Fails with `Invalid`, field `model`, when there is
    /// none; cheap enough to be asked before each request.
    async fn resolve(&self, name: Option<&str>) -> Result<ModelInfo> {
        let models = self.models().await?;
        let found = match name {
            None => models.first(),
            Some(name) => models.iter().find(|model| model.id == name),
        };
        found.cloned().ok_or_else(|| unknown_model(name.unwrap_or_default(), models.iter().map(|model| &*model.id)))
    }

    /// Starts an answer.
    async fn complete(&self, request: ModelRequest) -> Result<ModelStream>;
}

/// An answer as it comes.
pub type ModelStream = BoxStream<'static, Result<ModelEvent>>;

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent {
    /// Another model than [`LanguageModel::resolve`] named answers; before any text, and at most once.
    Started {
        /// Its name in requests.
        model: String,
    },
    /// More text. None yet, the empty text, shows that a model is at work: it may think long before it speaks.
    Token(String),
    /// The end.
    Done(Completion),
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// Why.
    pub finish_reason: FinishReason,
    /// Tokens used, when the provider counts them.
    pub usage: Option<TokenUsage>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// `max_tokens` was reached.
    Length,
}

/// Tokens used by one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TokenUsage {
    /// Of the prompt.
    pub prompt_tokens: u32,
    /// Of the answer.
    pub completion_tokens: u32,
}

/// A model that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// Its name in requests.
    pub id: String,
    /// Who serves it.
    pub provider: &'static str,
    /// One sentence for a person.
    pub description: String,
    /// Tokens that a prompt and its answer may have together, when the provider knows.
    pub context_tokens: Option<u32>,
}

/// What an answer is asked from.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRequest {
    /// A name from [`LanguageModel::models`]; the default when none.
    pub model: Option<String>,
    /// The whole prompt, ending with what the person just said. What memory found is in it already, delimited as data.
    pub messages: Vec<PromptMessage>,
    /// What memory found, best first, for a provider that works on the texts themselves. Data, never instruction; a
    /// provider that sends `messages` ignores it.
    pub recalled: Vec<Recalled>,
    /// Sampling.
    pub params: ModelParams,
    /// Now, so that a provider can speak of "yesterday".
    pub now: Timestamp,
}

/// One turn of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptMessage {
    /// Who speaks.
    pub role: Role,
    /// What.
    pub content: String,
}

/// Something memory found.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalled {
    /// Where it is from.
    pub doc: DocRef,
    /// Who said it; none for memories.
    pub role: Option<Role>,
    /// The text.
    pub content: String,
    /// Said or made at.
    pub created_at: Timestamp,
    /// 0 to 1 within this answer.
    pub score: f32,
}

/// Sampling parameters; `None` leaves the provider's default.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct ModelParams {
    /// 0 to 2.
    pub temperature: Option<f32>,
    /// Tokens of the answer at most.
    pub max_tokens: Option<u32>,
}

/// A stream that ended without its end.
pub fn hung_up() -> Error {
    ErrorKind::Upstream.error("the model hung up in mid-answer; try again").with_code("model_hung_up")
}

/// Names in an error, at most: a server may have hundreds.
const NAMED: usize = 20;

/// Nobody here answers to this name.
pub fn unknown_model<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
    let name: String = name.chars().take(80).collect();
    let mut known = known.into_iter();
    let mut names = known.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    let more = known.count();
    if more > 0 {
        names = format!("{names} and {more} more");
    }
    Error::invalid("model", format!("there is no model {name:?} here; known models: {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_model_is_told_with_twenty_known_ones_at_most() {
        let known: Vec<String> = (0..23).map(|n| format!("m{n}")).collect();
        let error = unknown_model(&"x".repeat(100), known.iter().map(String::as_str));
        assert_eq!(error.field(), Some("model"));
        assert!(error.message().ends_with(", m18, m19 and 3 more") && error.message().len() < 300, "{error}");
    }
}
