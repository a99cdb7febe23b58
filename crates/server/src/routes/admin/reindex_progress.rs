use axum::extract::State;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::ReindexProgress};

/// How far the rebuild of the indexes is
#[utoipa::path(
    get, path = "/api/admin/reindex", tag = "admin", operation_id = "reindexProgress",
    responses(
        (status = 200, description = "How far it is", body = ReindexProgress),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, _: Admin) -> ApiResult {
    let now = ReindexProgress::from(&app.engine.indexes.progress());
    Ok(respond::ok(&now, 128))
}
