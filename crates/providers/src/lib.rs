//! Providers other than relational stores.

pub mod bus;
pub mod embedders;
pub mod models;
#[cfg(feature = "tantivy")]
pub mod text;
#[cfg(feature = "vectors")]
pub mod vectors;
