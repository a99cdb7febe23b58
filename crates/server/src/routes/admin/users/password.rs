use axum::extract::State;
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id, JsonBody},
    respond,
    state::App,
    wire::{Account, ResetBody},
};

/// Give somebody another password
///
/// All their logins end and all their keys are removed. The body may be left out: then a password is made.
#[utoipa::path(
    post, path = "/api/admin/users/{id}/password", tag = "admin", operation_id = "resetPassword",
    params(("id" = Uuid, Path, description = "The person")),
    request_body = Option<ResetBody>,
    responses((status = 200, description = "The account; its password, when it was made here", body = Account)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<UserId>,
    body: Option<JsonBody<ResetBody>>,
) -> ApiResult {
    let password = body.and_then(|JsonBody(body)| body.into_secret());
    let reset = app.engine.accounts.reset_password(&admin, id, password).await?;
    Ok(respond::ok(&Account::from(&reset), 512))
}
