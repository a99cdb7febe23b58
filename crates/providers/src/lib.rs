//! Providers other than relational stores.

#[cfg(feature = "bridges")]
mod bridges;
pub mod bus;
pub mod cache;
pub mod embedders;
#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
#[cfg_attr(
    not(all(feature = "bridges", feature = "ollama", feature = "openai")),
    allow(dead_code, unused_imports, reason = "each provider uses another part of it")
)]
mod http;
pub mod leader;
pub mod limits;
pub mod measured;
pub mod models;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "sealing")]
pub mod sealing;
#[cfg(feature = "tantivy")]
pub mod text;
#[cfg(feature = "vectors")]
pub mod vectors;

#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
pub use http::{ApiKey, Courier};
#[cfg(all(fuzzing, feature = "openai"))]
pub use http::{fuzz as fuzz_refusal, fuzz_address};
