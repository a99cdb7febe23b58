//! The HTTP face of Jarvis: routes, wire types, status mapping, the edge that every request passes, and the accept loop.
//!
//! This crate knows the use-cases of jarvis-engine and no driver. It holds no rule: an extractor parses, one use-case is
//! called, its answer is mapped to the wire.
//!
//! WebSockets are one route with a module of their own, `ws`: a task per socket that speaks one of two dialects.
//!
//! The page for people is `page`, made of the files in `ui/`.
//!
//! To add a route: `routes/<noun>/<verb>.rs` with one `handler` and its `#[utoipa::path]`, a line in the noun's route
//! list, wire types in `wire/<noun>.rs`, then write the OpenAPI document again with `cargo xtask assets`.

mod access;
mod base_path;
mod download;
mod edge;
mod error;
mod extract;
#[cfg(fuzzing)]
pub mod fuzz;
mod in_process;
mod metrics;
mod openapi;
mod options;
mod page;
mod readiness;
mod reload;
mod respond;
mod router;
mod routes;
mod serve;
mod state;
mod wire;
mod ws;

pub use access::OPERATOR;
pub use edge::{Policy, Settings};
pub use in_process::InProcess;
pub use metrics::{Metrics, install_metrics};
pub use openapi::openapi_json;
pub use options::ServerOptions;
pub use readiness::{Phase, Readiness};
pub use reload::{Reload, Reloaded};
pub use router::router;
pub use serve::{ConnectionLimits, Listening, Tls, TlsIdentity, serve};
pub use ws::SocketOptions;
