use axum::{extract::State, http::StatusCode};

use crate::{
    error::ApiResult,
    extract::{Admin, JsonBody},
    respond,
    state::App,
    wire::{Invite, InviteBody},
};

/// Invite somebody to register, once; the invitation is shown once. The body may be left out.
#[utoipa::path(
    post, path = "/api/admin/invites", tag = "admin", operation_id = "makeInvite",
    request_body = Option<InviteBody>,
    responses((status = 201, description = "The invitation", body = Invite)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Admin(admin): Admin,
    body: Option<JsonBody<InviteBody>>,
) -> ApiResult {
    let body = body.map(|JsonBody(body)| body).unwrap_or_default();
    let made = app.engine.accounts.invite(&admin, body.role()?, body.lifetime()).await?;
    Ok(respond::json(StatusCode::CREATED, &Invite::from(&made), 512))
}
