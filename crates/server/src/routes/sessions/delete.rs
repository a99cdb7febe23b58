use axum::extract::State;
use jarvis_core::id::SessionId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::Deleted,
};

/// Remove a session; its conversations stay
#[utoipa::path(
    delete, path = "/api/sessions/{id}", tag = "sessions", operation_id = "deleteSession",
    params(("id" = Uuid, Path, description = "The session"), UserQuery),
    responses((status = 200, description = "It is gone", body = Deleted)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<SessionId>, Caller(scope): Caller) -> ApiResult {
    app.engine.sessions.delete(scope, id).await?;
    Ok(respond::ok(&Deleted { id: *id.as_uuid(), deleted: true }, 64))
}
