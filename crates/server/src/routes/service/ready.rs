use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use bytes::Bytes;
use jarvis_core::{ErrorKind, ports::HealthStatus};

use crate::{Phase, error::ApiResult, respond, state::App};

/// Whether traffic should come here
#[utoipa::path(
    get, path = "/ready", tag = "service", operation_id = "ready",
    responses(
        (status = 200, description = "It should", body = Object, example = json!({"status": "ready"})),
        (status = 503, description = "Starting, draining, or without a store that takes writes", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(State(app): State<App>) -> ApiResult {
    let not_ready = |code, message: &'static str| {
        Err(ErrorKind::Unavailable.error(message).with_code(code).with_retry_after(Duration::from_secs(1)).into())
    };
    match app.readiness.phase() {
        Phase::Starting => return not_ready("starting", "the server is starting; ask again in a moment"),
        Phase::Draining => return not_ready("draining", "the server is shutting down; ask another one"),
        Phase::Ready => {}
    }
    let report = app.engine.health.report().await;
    if report.status == HealthStatus::Unhealthy {
        return not_ready("unhealthy", "the store does not work; /health says why");
    }
    if report.is_read_only() {
        return not_ready("read_only", "the store takes no writes; /health says why");
    }
    Ok(respond::json_bytes(StatusCode::OK, Bytes::from_static(br#"{"status":"ready"}"#)))
}
