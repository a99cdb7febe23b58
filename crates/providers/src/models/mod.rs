//! Language models. Each provider is one folder; all run the core's `testkit::language_model_suite`.
//!
//! What stands between the engine and a provider is one decorator a file, each a `LanguageModel` itself and each knowing
//! nothing of the others. [`Stack`] lays them in their order, and [`RoutedModel`] chooses between several such stacks.

mod blame;
mod guarded;
mod limited;
mod metered;
mod patient;
mod proven;
pub mod recall;
mod routed;
mod stack;
mod watched;

pub use guarded::GuardedModel;
pub use limited::{LimitedModel, Limits};
pub use metered::MeteredModel;
pub use patient::{Patience, PatientModel};
pub use proven::ProvenModel;
pub use routed::{Provider, RoutedModel, RoutedOptions};
pub use stack::Stack;
