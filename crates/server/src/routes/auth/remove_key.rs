use axum::extract::State;
use jarvis_core::id::ApiKeyId;

use crate::{
    error::ApiResult,
    extract::{Id, Me},
    respond,
    state::App,
    wire::Deleted,
};

/// Remove a key; it lets nobody in from now on
#[utoipa::path(
    delete, path = "/api/auth/keys/{id}", tag = "auth", operation_id = "removeKey",
    params(("id" = Uuid, Path, description = "The key")),
    responses((status = 200, description = "It is gone", body = Deleted)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me, Id(id): Id<ApiKeyId>) -> ApiResult {
    app.engine.accounts.remove_key(&me, id).await?;
    Ok(respond::ok(&Deleted { id: *id.as_uuid(), deleted: true }, 64))
}
