use axum::extract::State;
use jarvis_core::id::LoginId;

use crate::{
    error::ApiResult,
    extract::{Id, Me},
    respond,
    state::App,
    wire::Deleted,
};

/// End one of your logins
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", tag = "auth", operation_id = "endLogin",
    params(("id" = Uuid, Path, description = "The login")),
    responses((status = 200, description = "It is over", body = Deleted)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me, Id(id): Id<LoginId>) -> ApiResult {
    app.engine.accounts.end_login(&me, id).await?;
    Ok(respond::ok(&Deleted { id: *id.as_uuid(), deleted: true }, 64))
}
