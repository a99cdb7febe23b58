//! Streams of Ollama, and what it tells of its models.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::models::ollama::fuzz(data);
});
