//! Sealed values, labels and keys.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::sealing::fuzz(data);
});
