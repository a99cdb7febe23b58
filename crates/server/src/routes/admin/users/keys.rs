use axum::extract::State;
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id},
    respond,
    state::App,
    wire::ApiKeys,
};

/// Somebody's keys, newest first
#[utoipa::path(
    get, path = "/api/admin/users/{id}/keys", tag = "admin", operation_id = "listKeysOf",
    params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "Keys, without what lets in", body = ApiKeys)),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin, Id(id): Id<UserId>) -> ApiResult {
    let person = app.engine.accounts.on_behalf_of(&admin, id).await?;
    let keys = app.engine.accounts.keys(&person).await?;
    Ok(respond::ok(&ApiKeys::from(&*keys), (keys.len() + 1) * 256))
}
