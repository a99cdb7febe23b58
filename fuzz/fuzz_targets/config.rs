//! Configuration: `.env`, files, and the addresses in them.
#![no_main]

// the crate of these modules opens every store there is, and so brings them all along
#[path = "../../crates/host/src/choose.rs"]
mod choose;
#[expect(dead_code, unused_imports, reason = "the server uses the rest")]
#[path = "../../crates/host/src/config/mod.rs"]
mod config;
#[expect(dead_code, reason = "the server uses the rest")]
#[path = "../../crates/host/src/data_dir.rs"]
mod data_dir;
#[expect(dead_code, reason = "the server uses the rest")]
#[path = "../../crates/host/src/fs.rs"]
mod fs;
#[expect(dead_code, reason = "the server uses the rest")]
#[path = "../../crates/host/src/secret.rs"]
mod secret;

use choose::{DatabaseTarget, EmbeddingEndpoint, EmbeddingTarget};
use data_dir::DataDir;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    config::fuzz(text);
    jarvis_providers::fuzz_address(text);
    jarvis_providers::redis::fuzz_address(text);
});
