use axum::extract::State;

use crate::{
    access::Identity,
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
pub(crate) async fn handler(State(app): State<App>, identity: Identity, Caller(scope): Caller) -> ApiResult {
    let report = app.engine.stats.report(&scope).await?;
    let stats = Stats::from(&report);
    let is_for_one = matches!(identity, Identity::Person(_)) && !identity.administers();
    Ok(respond::ok(&if is_for_one { stats.of_one() } else { stats }, 512))
}
