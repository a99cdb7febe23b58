//! Rows of the databases of OpenConverse.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_engine::fuzz_import::row(data);
});
