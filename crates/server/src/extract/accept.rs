use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

/// What the caller likes to get.
#[derive(Clone, Copy)]
pub(crate) struct Accept {
    /// Server-sent events.
    pub(crate) event_stream: bool,
    /// A page for a person.
    pub(crate) html: bool,
}

impl<S: Sync> FromRequestParts<S> for Accept {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let names = |media_type: &str| {
            let values = parts.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
            values
                .flat_map(|value| value.split(','))
                .any(|entry| entry.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type))
        };
        Ok(Self { event_stream: names("text/event-stream"), html: names("text/html") })
    }
}
