//! Providers other than relational stores.

#[cfg(feature = "bridges")]
mod bridges;
pub mod bus;
pub mod embedders;
#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
mod http;
pub mod models;
#[cfg(feature = "tantivy")]
pub mod text;
#[cfg(feature = "vectors")]
pub mod vectors;

#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
pub use http::ApiKey;
