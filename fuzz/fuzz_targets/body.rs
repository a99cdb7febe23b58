//! JSON bodies, as every route reads them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_server::fuzz::body(data);
});
