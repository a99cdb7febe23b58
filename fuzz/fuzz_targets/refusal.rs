//! How other servers refuse.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    jarvis_providers::fuzz_refusal(text);
});
