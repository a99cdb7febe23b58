use axum::extract::State;
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id},
    respond,
    state::App,
    wire::Ended,
};

/// End all of somebody's logins
#[utoipa::path(
    delete, path = "/api/admin/users/{id}/sessions", tag = "admin", operation_id = "endLoginsOf",
    params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "How many ended", body = Ended)),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin, Id(id): Id<UserId>) -> ApiResult {
    let person = app.engine.accounts.on_behalf_of(&admin, id).await?;
    let ended_sessions = app.engine.accounts.logout(&person, true).await?;
    Ok(respond::ok(&Ended { ended_sessions }, 64))
}
