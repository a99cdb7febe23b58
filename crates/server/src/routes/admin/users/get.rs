use axum::extract::State;
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id},
    respond,
    state::App,
    wire::Account,
};

/// Somebody who can log in
#[utoipa::path(
    get, path = "/api/admin/users/{id}", tag = "admin", operation_id = "getUser",
    params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "The account", body = Account)),
)]
pub(crate) async fn handler(State(app): State<App>, _: Admin, Id(id): Id<UserId>) -> ApiResult {
    let account = app.engine.accounts.get(id).await?;
    Ok(respond::ok(&Account::from(&account), 512))
}
