//! Language models. Each provider is one folder; all run the core's `testkit::language_model_suite`.
//!
//! What the ones that ask another server share: `server` is that server with what its troubles mean, `streaming` turns
//! its body into an answer, `catalogue` remembers which models it has, `turns` writes a prompt. They know the protocols
//! and nothing else.
//!
//! What stands between the engine and a provider is one decorator a file, each a `LanguageModel` itself and each knowing
//! nothing of the others. [`Stack`] lays them in their order, and [`RoutedModel`] chooses between several such stacks.

mod blame;
#[cfg(feature = "bridges")]
pub mod bridges;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod catalogue;
mod finally;
#[cfg(fuzzing)]
mod fuzz;
mod guarded;
mod limited;
mod metered;
#[cfg(feature = "ollama")]
pub mod ollama;
#[cfg(feature = "openai")]
pub mod openai;
mod patient;
mod proven;
pub mod recall;
mod routed;
#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
#[cfg_attr(
    not(all(feature = "bridges", feature = "ollama", feature = "openai")),
    allow(dead_code, unused_imports, reason = "each provider uses another part of it")
)]
mod server;
mod stack;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod streaming;
mod swapped;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod turns;
mod watched;

pub use guarded::GuardedModel;
pub use limited::{LimitedModel, Limits};
pub use metered::MeteredModel;
pub use patient::{Patience, PatientModel};
pub use proven::ProvenModel;
pub use routed::{Provider, RoutedModel, RoutedOptions};
pub use stack::Stack;
pub use swapped::SwappedModel;
