//! Streams of Ollama.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::models::ollama::fuzz(data);
});
