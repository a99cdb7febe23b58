//! For tests only: a clock that stands, identifiers that count, and the conformance suites of the ports.

mod bus_suite;
mod cache_suite;
mod embedder_suite;
mod feed;
mod fixed;
mod language_model_suite;
mod leader_suite;
mod lossy_bus;
mod migrator_suite;
mod rate_limiter_suite;
mod scripted_model;
mod store_suite;
mod text_index_suite;
mod transfer_suite;
mod vector_index_suite;

pub use bus_suite::bus_suite;
pub use cache_suite::cache_suite;
pub use embedder_suite::embedder_suite;
pub use feed::Feed;
pub use fixed::{CountingEntropy, CountingIds, FixedClock};
pub use language_model_suite::language_model_suite;
pub use leader_suite::leader_suite;
pub use lossy_bus::LossyBus;
pub use migrator_suite::migrator_suite;
pub use rate_limiter_suite::rate_limiter_suite;
pub use scripted_model::{Script, ScriptedModel};
pub use store_suite::{Step, StoreModel, audit_break, audit_entry, same_answers, store_suite};
pub use text_index_suite::text_index_suite;
pub use transfer_suite::{TransferWorld, transfer_suite};
pub use vector_index_suite::vector_index_suite;
