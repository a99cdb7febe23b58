//! Streams of OpenAI-compatible servers, and what they tell of their models.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::models::openai::fuzz(data);
});
