use axum::{extract::State, http::StatusCode};
use jarvis_engine::Actor;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::ReindexProgress};

/// Rebuild the indexes from the store
///
/// It runs in the background; GET tells how far it is. Search goes on meanwhile with what is in the index.
#[utoipa::path(
    post, path = "/api/admin/reindex", tag = "admin", operation_id = "reindex",
    responses(
        (status = 202, description = "It has begun, or was running", body = ReindexProgress),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin) -> ApiResult {
    if !app.engine.indexes.progress().running {
        app.engine.audit.note(&Actor::of(&admin), "index.rebuild", "indexes", None).await?;
        app.engine.indexes.reindex();
    }
    let now = ReindexProgress::from(&app.engine.indexes.progress());
    Ok(respond::json(StatusCode::ACCEPTED, &now, 128))
}
