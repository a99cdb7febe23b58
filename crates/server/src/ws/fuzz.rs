//! What `fuzz/` drives: the messages of a socket.

use super::{opening, plain, typed};

/// A text message, in every dialect.
pub fn socket(text: &str) {
    opening::of(Some(text));
    plain::misfit(Some(text));
    typed::parse_only(text);
}
