//! Answers of the Python bridges.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::models::bridges::fuzz(data);
});
