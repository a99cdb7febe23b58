//! Vectors that servers answer with.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::embedders::fuzz(data);
});
