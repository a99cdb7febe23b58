//! Language models. Each provider is one folder; all run the core's `testkit::language_model_suite`.
//!
//! What the ones that ask another server share: `server` is that server with what its troubles mean, `streaming` turns
//! its body into an answer, `catalogue` remembers which models it has, `turns` writes a prompt. Timeouts of tokens,
//! retries and queues are decorators' work: here are only the protocols.

#[cfg(feature = "bridges")]
pub mod bridges;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod catalogue;
#[cfg(feature = "ollama")]
pub mod ollama;
#[cfg(feature = "openai")]
pub mod openai;
pub mod recall;
#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
#[cfg_attr(
    not(all(feature = "bridges", feature = "ollama", feature = "openai")),
    allow(dead_code, unused_imports, reason = "each provider uses another part of it")
)]
mod server;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod streaming;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod turns;

use jarvis_core::Error;

/// Names in a message: more are not read.
const NAMED: usize = 50;

/// A request names a model that is not here.
fn unknown<'a>(model: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
    let name: String = model.chars().take(80).collect();
    let mut known = known.into_iter();
    let names = known.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    let more = match known.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::invalid("model", format!("there is no model {name:?} here; known models: {names}{more}"))
}
