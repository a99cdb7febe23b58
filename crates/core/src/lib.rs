//! Types, ports, errors and pure policies of Jarvis.
//!
//! This crate knows *what* the product stores and *what it asks* of the outside world. It must not know a database
//! driver, a transport, an async runtime or a script engine: everything outside is a trait in [`ports`], and every rule
//! that needs no outside is a function in [`policy`].
//!
//! To add a port: write the trait with its contract in `ports/<name>.rs`, its conformance suite in
//! `testkit/<name>_suite.rs`, and run that suite from every provider.

pub mod circuit;
pub mod error;
pub mod id;
pub mod json;
pub mod observe;
pub mod policy;
pub mod ports;
pub mod scope;
pub mod text;
pub mod time;
pub mod types;

#[cfg(feature = "testkit")]
pub mod testkit;

pub use error::{Error, ErrorKind, Result};
pub use json::Json;
pub use scope::{Access, Scope};
pub use time::Timestamp;
