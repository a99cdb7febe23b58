use axum::extract::State;
use jarvis_core::id::SessionId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::{ROW_OVERHEAD, Session},
};

/// A session
#[utoipa::path(
    get, path = "/api/sessions/{id}", tag = "sessions", operation_id = "getSession",
    params(("id" = Uuid, Path, description = "The session"), UserQuery),
    responses((status = 200, description = "As stored", body = Session)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<SessionId>, Caller(scope): Caller) -> ApiResult {
    let session = app.engine.sessions.get(&scope, id).await?;
    Ok(respond::ok(&Session::from(&session), 2 * ROW_OVERHEAD))
}
