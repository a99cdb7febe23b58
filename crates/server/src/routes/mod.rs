//! The routes: a folder for each noun, a file for each verb. A handler parses by its extractors, calls one use-case and
//! maps the answer; the `mod.rs` of a noun is its route list.

pub(crate) mod admin;
pub(crate) mod auth;
pub(crate) mod chat;
pub(crate) mod conversations;
pub(crate) mod live;
pub(crate) mod me;
pub(crate) mod memory;
pub(crate) mod search;
pub(crate) mod service;
pub(crate) mod sessions;
pub(crate) mod transfer;
