use std::{
    convert::Infallible,
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use bytes::BytesMut;
use jarvis_core::ports::{Ids, SystemIds};

use super::headers::X_REQUEST_ID;

/// Longest id taken from a caller.
const LONGEST: usize = 128;

/// Identity of a request: visible ASCII.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(|| Self(HeaderValue::from_static("none"))))
    }
}

/// Gives ids: one random part per start and a counter, because a random UUID per request costs a system call.
pub(super) struct RequestIds {
    start: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        // The last 48 bits of a UUIDv7 are random.
        let start = SystemIds.next().as_u128() as u64 & 0xffff_ffff_ffff;
        Self { start, next: AtomicU64::new(1) }
    }

    /// The caller's id when it can be shown and logged as it is, else a new one.
    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        let usable =
            |id: &&HeaderValue| (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
        RequestId(headers.get(X_REQUEST_ID).filter(usable).cloned().unwrap_or_else(|| self.fresh()))
    }

    fn fresh(&self) -> HeaderValue {
        let mut text = BytesMut::with_capacity(29);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // Writing hexadecimal digits into a growing buffer cannot fail, nor are they refused in a header.
        let _ = write!(text, "{:012x}-{number:x}", self.start);
        HeaderValue::from_maybe_shared(text.freeze()).unwrap_or_else(|_| HeaderValue::from_static("none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_id_is_kept_when_it_is_harmless() {
        let ids = RequestIds::new();
        let of = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
            ids.of(&headers).as_str().to_owned()
        };
        assert_eq!(of("abc-123"), "abc-123");
        let longest = "x".repeat(LONGEST);
        assert_eq!(of(&longest), longest);
        for replaced in ["", "a b", "é", &"x".repeat(LONGEST + 1)] {
            assert_ne!(of(replaced), replaced);
        }
        assert_ne!(ids.of(&HeaderMap::new()).as_str(), ids.of(&HeaderMap::new()).as_str());
    }
}
