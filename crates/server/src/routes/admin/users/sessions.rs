use axum::extract::State;
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id},
    respond,
    state::App,
    wire::Logins,
};

/// Somebody's logins, newest first
#[utoipa::path(
    get, path = "/api/admin/users/{id}/sessions", tag = "admin", operation_id = "listLoginsOf",
    params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "Those that can be refreshed", body = Logins)),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin, Id(id): Id<UserId>) -> ApiResult {
    let person = app.engine.accounts.on_behalf_of(&admin, id).await?;
    let logins = app.engine.accounts.logins(&person).await?;
    Ok(respond::ok(&Logins::new(&logins, person.via), (logins.len() + 1) * 256))
}
