use axum::{extract::State, http::StatusCode};

use crate::{
    error::ApiResult,
    openapi::{at, openapi_json},
    respond,
    state::App,
};

/// This document
#[utoipa::path(
    get, path = "/openapi.json", tag = "service", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(crate) async fn handler(State(app): State<App>) -> ApiResult {
    let bytes = if let Some(bytes) = app.document.get() {
        bytes.clone()
    } else {
        let document = at(openapi_json()?, &app.base_path);
        app.document.get_or_init(|| document.into()).clone()
    };
    Ok(respond::json_bytes(StatusCode::OK, bytes))
}
