use axum::{extract::State, http::StatusCode};

use crate::{
    error::ApiResult,
    extract::{Admin, JsonBody},
    respond,
    state::App,
    wire::{Account, AccountBody},
};

/// Make an account for somebody
#[utoipa::path(
    post, path = "/api/admin/users", tag = "admin", operation_id = "addUser",
    request_body = AccountBody,
    responses((status = 201, description = "The account; its password, when it was made here", body = Account), (status = 409, description = "The name is taken (`user_exists`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Admin(admin): Admin,
    JsonBody(body): JsonBody<AccountBody>,
) -> ApiResult {
    let added = app.engine.accounts.add(&admin, body.try_into()?).await?;
    Ok(respond::json(StatusCode::CREATED, &Account::from(&added), 512))
}
