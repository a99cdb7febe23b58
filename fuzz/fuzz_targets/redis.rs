//! What other nodes leave in Redis.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_providers::redis::fuzz_bus(data);
    jarvis_providers::redis::fuzz_cache(data);
});
