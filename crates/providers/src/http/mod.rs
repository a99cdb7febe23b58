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
