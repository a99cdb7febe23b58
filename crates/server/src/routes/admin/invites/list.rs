use axum::extract::State;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::Invites};

/// Invitations that are still good, newest first
#[utoipa::path(
    get, path = "/api/admin/invites", tag = "admin", operation_id = "listInvites",
    responses((status = 200, description = "Invitations, without what lets in", body = Invites)),
)]
pub(crate) async fn handler(State(app): State<App>, _: Admin) -> ApiResult {
    let invites = app.engine.accounts.invites().await?;
    Ok(respond::ok(&Invites::from(&*invites), (invites.len() + 1) * 256))
}
