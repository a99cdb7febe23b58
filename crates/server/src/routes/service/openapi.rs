use std::sync::OnceLock;

use axum::http::StatusCode;
use bytes::Bytes;

use crate::{error::ApiResult, openapi::openapi_json, respond};

static DOCUMENT: OnceLock<Bytes> = OnceLock::new();

/// This document
#[utoipa::path(
    get, path = "/openapi.json", tag = "service", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(crate) async fn handler() -> ApiResult {
    // Written at the first request: a start should not wait for it.
    let bytes = if let Some(bytes) = DOCUMENT.get() {
        bytes.clone()
    } else {
        let document = openapi_json()?;
        DOCUMENT.get_or_init(|| document.into()).clone()
    };
    Ok(respond::json_bytes(StatusCode::OK, bytes))
}
