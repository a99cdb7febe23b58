//! The providers against real files and processes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails, and says what it skips")]

mod decorators;
mod embedders;
mod files;
#[cfg(feature = "tantivy")]
mod text;
#[expect(dead_code, reason = "the models' tests come with the models")]
mod upstream;
#[cfg(feature = "vectors")]
mod vectors;
