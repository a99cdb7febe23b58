//! The files of the vector index.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::vectors::fuzz(data);
});
