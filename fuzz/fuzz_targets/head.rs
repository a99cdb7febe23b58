//! Headers of proxies, of tracing, of callers and of browsers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    jarvis_server::fuzz::head(data);
});
