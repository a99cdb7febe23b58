use axum::extract::State;
use jarvis_core::id::UserId;
use jarvis_engine::AccountChange;

use crate::{
    access::by_a_person,
    error::ApiResult,
    extract::{Admin, Id, JsonBody},
    respond,
    state::App,
    wire::{Account, AccountPatch},
};

/// Change somebody's role, time zone or quotas, or disable them
///
/// Who is disabled is out at once: their logins end and their keys let nobody in. With an API key no
/// role can be changed and nobody enabled (403 `login_required`).
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
    let change = AccountChange::try_from(body)?;
    if change.gives_access() {
        by_a_person(&admin)?;
    }
    let account = app.engine.accounts.change(&admin, id, change).await?;
    Ok(respond::ok(&Account::from(&account), 512))
}
