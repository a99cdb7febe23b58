use axum::extract::State;
use jarvis_engine::Secret;

use crate::{
    error::ApiResult,
    extract::{JsonBody, Me},
    respond,
    state::App,
    wire::{PasswordBody, PasswordChanged},
};

/// Choose another password
///
/// All your other logins end. Keys stay, and how many do is told; `"remove_keys": true` removes them all, which is right when
/// somebody else may know the old password.
#[utoipa::path(
    post, path = "/api/auth/password", tag = "auth", operation_id = "changePassword",
    request_body = PasswordBody,
    responses((status = 200, description = "What ended with it, and what did not", body = PasswordChanged), (status = 429, description = "Too many attempts; see `Retry-After`", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me, JsonBody(body): JsonBody<PasswordBody>) -> ApiResult {
    let (present, next) = (Secret::new(body.current_password), Secret::new(body.new_password));
    let changed = app.engine.accounts.change_password(&me, &present, &next, body.remove_keys).await?;
    Ok(respond::ok(&PasswordChanged::from(changed), 128))
}
