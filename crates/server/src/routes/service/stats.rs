use axum::extract::State;

use crate::{
    error::ApiResult,
    extract::{Caller, UserQuery},
    respond,
    state::App,
    wire::Stats,
};

/// What you have, and the sizes of the whole
#[utoipa::path(
    get, path = "/api/stats", tag = "service", operation_id = "stats",
    params(UserQuery),
    responses((status = 200, description = "Counters; nothing is counted by scanning", body = Stats)),
)]
pub(crate) async fn handler(State(app): State<App>, Caller(scope): Caller) -> ApiResult {
    let report = app.engine.stats.report(&scope).await?;
    Ok(respond::ok(&Stats::from(&report), 512))
}
