//! The providers against real files and processes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails, and says what it skips")]

mod bus;
mod embedders;
mod files;
#[cfg(feature = "tantivy")]
mod text;
#[cfg(feature = "vectors")]
mod vectors;
