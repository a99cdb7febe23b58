//! Answers in JSON, written once into the buffer that is sent.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use jarvis_core::Error;
use serde::Serialize;

use crate::error::ApiError;

/// Tells that an answer was made by an earlier request with the same `Idempotency-Key`.
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `size` is what the body is expected to take; guessing well saves copies.
pub(crate) fn json(status: StatusCode, body: &impl Serialize, size: usize) -> Response {
    match encode(body, size) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => ApiError(error).into_response(),
    }
}

/// A success with its body.
pub(crate) fn ok(body: &impl Serialize, size: usize) -> Response {
    json(StatusCode::OK, body, size)
}

/// JSON that was encoded before.
pub(crate) fn json_bytes(status: StatusCode, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// The body alone; empty when it cannot be encoded, which no wire type of ours can cause.
pub(crate) fn json_body(body: &impl Serialize, size: usize) -> Body {
    encode(body, size).map_or_else(|_| Body::empty(), Body::from)
}

/// Encodes a body.
pub(crate) fn encode(body: &impl Serialize, size: usize) -> Result<Bytes, Error> {
    let mut buffer = Vec::with_capacity(size);
    serde_json::to_writer(&mut buffer, body).map_err(Error::internal)?;
    Ok(buffer.into())
}

/// Says so when an answer is a replay.
pub(crate) fn mark_replayed(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
