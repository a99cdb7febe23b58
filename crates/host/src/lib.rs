//! The one place that wires: configuration, the data directory and its owner, and which provider stands behind which
//! port.
//!
//! This crate knows every provider by name and holds no rule of its own: everything above opens [`Services`] and
//! works with the engine in it. It must not know a transport or a command line.
//!
//! To add a provider: its address in [`DatabaseTarget`]'s file, its section in [`config`], its line in
//! [`Services::open`].

pub mod config;
pub mod fs;

mod accounts;
mod belonging;
mod between;
mod choose;
mod data_dir;
mod embedding;
mod indexes;
mod model;
mod moving;
mod node;
mod operator;
mod owner;
mod scratch;
mod sealing;
mod secret;
mod services;
mod store;
mod trail;

pub use belonging::{keep_belonging, refuse_other_database};
pub use choose::{DatabaseTarget, EmbeddingEndpoint, EmbeddingTarget};
pub use config::{Config, Flags, Sources};
pub use data_dir::DataDir;
pub use jarvis_providers::Courier;
pub use model::check_models;
pub use moving::moving;
pub use node::node_of;
pub use operator::operator;
pub use owner::{Owner, Ownership, RunInfo, held};
pub use scratch::ScratchDir;
pub use sealing::{KeysOutcome, keys_status, rotate_keys};
pub use secret::{Address, AdminToken, SystemEntropy, system_entropy};
pub use services::{Given, Models, Services, Shared, check_integrity, create_database, migrator};
pub use trail::{keep_move, note_move};
