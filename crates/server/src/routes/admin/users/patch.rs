use axum::extract::State;
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id, JsonBody},
    respond,
    state::App,
    wire::{Account, AccountPatch},
};

/// Change somebody's role, time zone or quotas, or disable them
///
/// Who is disabled is out at once: their logins end and their keys let nobody in.
#[utoipa::path(
    patch, path = "/api/admin/users/{id}", tag = "admin", operation_id = "updateUser",
    params(("id" = Uuid, Path, description = "The person")),
    request_body = AccountPatch,
    responses((status = 200, description = "The account as it is now", body = Account), (status = 409, description = "Nobody would administer any more (`last_administrator`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<UserId>,
    JsonBody(body): JsonBody<AccountPatch>,
) -> ApiResult {
    let account = app.engine.accounts.change(&admin, id, body.try_into()?).await?;
    Ok(respond::ok(&Account::from(&account), 512))
}
