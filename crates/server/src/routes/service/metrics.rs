use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::state::App;

const PROMETHEUS_TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// What was counted, for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "service", operation_id = "metrics",
    responses((status = 200, description = "The text format, version 0.0.4", body = String, content_type = "text/plain")),
)]
pub(crate) async fn handler(State(app): State<App>) -> Response {
    let report = app.engine.health.report().await;
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], app.metrics.render(&report)).into_response()
}
