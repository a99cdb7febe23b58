use axum::extract::State;
use jarvis_core::id::SessionId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, JsonBody, UserQuery},
    respond,
    state::App,
    wire::{ROW_OVERHEAD, Session, SessionPatch},
};

/// Change a session
#[utoipa::path(
    patch, path = "/api/sessions/{id}", tag = "sessions", operation_id = "updateSession",
    params(("id" = Uuid, Path, description = "The session"), UserQuery),
    request_body = SessionPatch,
    responses((status = 200, description = "As it is now", body = Session)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(id): Id<SessionId>,
    Caller(scope): Caller,
    JsonBody(patch): JsonBody<SessionPatch>,
) -> ApiResult {
    let session = app.engine.sessions.update(scope, id, patch.into()).await?;
    Ok(respond::ok(&Session::from(&session), 2 * ROW_OVERHEAD))
}
