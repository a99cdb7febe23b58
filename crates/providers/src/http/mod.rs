//! What every provider that asks another server over HTTP needs, once: the client, its address, its key, bounded bodies.
//!
//! On hyper rather than reqwest: reqwest's TLS wants a provider of cryptography installed for the whole process and
//! panics wherever one is missing, which is not for a library to arrange.

mod address;
mod body;
mod client;
mod courier;
mod failure;
mod key;
mod lines;
mod retry_after;

pub(crate) use address::{Address, Settings};
pub(crate) use body::Body;
pub(crate) use client::{CONNECT, Client};
pub use courier::Courier;
pub(crate) use failure::{Failure, Refusal, beginning};
pub use key::ApiKey;
pub(crate) use lines::{LineTooLong, Lines};

/// What `fuzz/` drives: how a server refuses. `retry-after` and `date` stand on a line each, then comes what it says.
#[cfg(fuzzing)]
pub fn fuzz(text: &str) {
    use hyper::{
        HeaderMap, StatusCode,
        header::{DATE, RETRY_AFTER},
    };
    let mut lines = text.splitn(3, '\n');
    let mut headers = HeaderMap::new();
    for name in [RETRY_AFTER, DATE] {
        if let Some(Ok(value)) = lines.next().map(str::parse) {
            headers.insert(name, value);
        }
    }
    let retry_after = retry_after::retry_after(&headers);
    let detail = lines.next().unwrap_or_default().to_owned();
    let refusal = Refusal { status: StatusCode::BAD_REQUEST, retry_after, detail };
    assert!(refusal.cause().len() < 1_024, "a server's words fill the log");
}

/// What `fuzz/` drives: the address of a server.
#[cfg(fuzzing)]
pub fn fuzz_address(text: &str) {
    let settings = Settings { url: "URL", example: "https://host", key: None };
    if let Ok(address) = Address::parse(text, &settings) {
        let _ = address.or_path("/v1").without("/v1").join("/models");
    }
}
