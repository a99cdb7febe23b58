//! The providers against real files and processes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails, and says what it skips")]

mod bus;
mod cache;
mod decorators;
mod embedders;
mod files;
mod leader;
mod limits;
#[cfg(all(feature = "bridges", feature = "ollama", feature = "openai"))]
mod models;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "tantivy")]
mod text;
#[cfg(all(feature = "bridges", feature = "ollama", feature = "openai"))]
mod upstream;
#[cfg(feature = "vectors")]
mod vectors;
