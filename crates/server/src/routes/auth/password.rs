use axum::extract::State;
use jarvis_engine::Secret;

use crate::{
    error::ApiResult,
    extract::{JsonBody, Me},
    respond,
    state::App,
    wire::{Ended, PasswordBody},
};

/// Choose another password
///
/// All your other logins end; keys stay.
#[utoipa::path(
    post, path = "/api/auth/password", tag = "auth", operation_id = "changePassword",
    request_body = PasswordBody,
    responses((status = 200, description = "How many logins ended", body = Ended), (status = 429, description = "Too many attempts; see `Retry-After`", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me, JsonBody(body): JsonBody<PasswordBody>) -> ApiResult {
    let (present, next) = (Secret::new(body.current_password), Secret::new(body.new_password));
    let ended_sessions = app.engine.accounts.change_password(&me, &present, &next).await?;
    Ok(respond::ok(&Ended { ended_sessions }, 64))
}
