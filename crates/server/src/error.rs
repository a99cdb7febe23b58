//! Errors on the wire.
//!
//! Handlers and extractors answer an [`ApiError`]. It travels to the [`edge`](crate::edge) as an extension of a response
//! without a body: only there is the request id known, so the body is written and the error logged in that one place.

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jarvis_core::{Error, ErrorKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::respond::json_body;

/// The result of handlers and extractors.
pub(crate) type ApiResult<T = Response> = Result<T, ApiError>;

/// An error on its way to the edge.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(pub(crate) Error);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = status(self.0.kind()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The one mapping of kinds to statuses.
pub(crate) const fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Upstream => StatusCode::BAD_GATEWAY,
        ErrorKind::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        // What we do not know is a defect of ours.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What every failed request answers.
#[derive(Serialize, ToSchema)]
#[schema(as = ErrorBody, example = json!({"error": {
    "code": "invalid", "message": "limit must be from 1 to 500", "details": {"field": "limit"},
    "request_id": "6f1c9a52d0e4-1a",
}}))]
pub(crate) struct ErrorBody<'a> {
    /// What went wrong.
    #[schema(inline)]
    error: ErrorFields<'a>,
}

#[derive(Serialize, ToSchema)]
struct ErrorFields<'a> {
    /// A stable word for programs.
    #[schema(value_type = String)]
    code: &'static str,
    /// A sentence for a person: what to do next.
    #[schema(value_type = String)]
    message: &'a str,
    /// Which part of the request is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    details: Option<ErrorDetails<'a>>,
    /// Identity of the request, for the log.
    #[schema(value_type = String)]
    request_id: &'a str,
}

#[derive(Serialize, ToSchema)]
struct ErrorDetails<'a> {
    /// The field as the caller wrote it.
    #[schema(value_type = String)]
    field: Cow<'a, str>,
}

impl<'a> ErrorBody<'a> {
    pub(crate) fn new(error: &'a Error, request_id: &'a str) -> Self {
        let details = error.field().map(|field| ErrorDetails { field: field.into() });
        Self { error: ErrorFields { code: error.code(), message: error.message(), details, request_id } }
    }
}

/// Writes the body of a failed request, keeping the status and headers it has.
pub(crate) fn render(response: &mut Response, error: &Error, request_id: &str) {
    *response.body_mut() = json_body(&ErrorBody::new(error, request_id), 256);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Set by the empty body that is replaced here.
    headers.remove(header::CONTENT_LENGTH);
    if let Some(after) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
    }
    if error.kind() == ErrorKind::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// Rounded up and at least one: `Retry-After: 0` invites a storm.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    (duration.as_secs() + u64::from(duration.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_rounded_up_and_never_zero() {
        for (millis, seconds) in [(0, 1), (1, 1), (999, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds, "{millis} ms");
        }
    }

    #[test]
    fn every_kind_has_the_status_of_the_api() {
        let kinds = [
            (ErrorKind::Malformed, 400),
            (ErrorKind::Invalid, 422),
            (ErrorKind::Unauthenticated, 401),
            (ErrorKind::Forbidden, 403),
            (ErrorKind::NotFound, 404),
            (ErrorKind::Conflict, 409),
            (ErrorKind::TooLarge, 413),
            (ErrorKind::Unsupported, 415),
            (ErrorKind::RateLimited, 429),
            (ErrorKind::StorageFull, 507),
            (ErrorKind::Unavailable, 503),
            (ErrorKind::Upstream, 502),
            (ErrorKind::DeadlineExceeded, 504),
            (ErrorKind::Corrupt, 500),
            (ErrorKind::Internal, 500),
        ];
        for (kind, expected) in kinds {
            assert_eq!(status(kind).as_u16(), expected, "{kind:?}");
        }
    }
}
