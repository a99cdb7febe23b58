use axum::{http::StatusCode, response::Response};
use bytes::Bytes;

use crate::respond;

/// Whether the process answers at all
///
/// Depends on nothing.
#[utoipa::path(
    get, path = "/health/live", tag = "service", operation_id = "live",
    responses((status = 200, description = "It does", body = Object, example = json!({"status": "alive"}))),
)]
pub(crate) async fn handler() -> Response {
    respond::json_bytes(StatusCode::OK, Bytes::from_static(br#"{"status":"alive"}"#))
}
