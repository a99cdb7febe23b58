//! Access tokens and API keys.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    jarvis_engine::fuzz_accounts::token(text);
});
