//! Streams of OpenAI-compatible servers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::models::openai::fuzz(data);
});
