use axum::{extract::FromRequestParts, http::request::Parts};
use jarvis_core::Error;
use serde::Deserialize;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::Query;
use crate::error::ApiError;

/// How much of a stream a client has read: the number of bytes of text, which is the id of its last event.
pub(crate) struct LastEventId(Option<usize>);

impl LastEventId {
    /// None for a client that has read nothing.
    pub(crate) fn bytes(&self) -> Option<usize> {
        self.0
    }
}

#[derive(Deserialize)]
struct InQuery {
    last_event_id: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let header = parts.headers.get("last-event-id").map(|value| value.to_str().unwrap_or("?"));
        let Query(InQuery { last_event_id }) = Query::parse(parts.uri.query().unwrap_or_default())?;
        // a browser that reconnects repeats the query it began with
        let in_query = event_bytes(last_event_id.as_deref().unwrap_or_default())?;
        Ok(Self(event_bytes(header.unwrap_or_default())?.or(in_query)))
    }
}

/// The id of an event as a number of bytes; none for an empty text.
pub(crate) fn event_bytes(text: &str) -> Result<Option<usize>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.map(Some).ok_or_else(|| {
        Error::invalid("last_event_id", "last_event_id must be the id of an event of this answer: a number of bytes")
    })
}

impl IntoParams for LastEventId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name, place, description| {
            let schema = ObjectBuilder::new().schema_type(Type::String);
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .description(Some(description))
                .schema(Some(schema))
                .build()
        };
        vec![
            parameter("Last-Event-ID", ParameterIn::Header, "The id of the last event that was read"),
            parameter("last_event_id", ParameterIn::Query, "The same, for clients that cannot set the header"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number_of_bytes() {
        assert_eq!(event_bytes("").unwrap(), None);
        assert_eq!(event_bytes("0").unwrap(), Some(0));
        assert_eq!(event_bytes("4096").unwrap(), Some(4096));
        for text in ["?", "-1", "+1", "1.5", "99999999999999999999999"] {
            assert_eq!(event_bytes(text).unwrap_err().field(), Some("last_event_id"), "{text}");
        }
    }
}
