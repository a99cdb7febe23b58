//! The providers against real files and processes.

#[cfg(feature = "tantivy")]
mod text;
