use axum::extract::State;

use crate::{
    error::ApiResult,
    extract::JsonBody,
    respond,
    state::App,
    wire::{RefreshBody, Tokens},
};

/// Exchange a refresh token for new tokens
///
/// Each is good once. Using one again ends its login, because somebody has stolen it.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "auth", operation_id = "refresh",
    request_body = RefreshBody,
    responses((status = 200, description = "Tokens", body = Tokens), (status = 401, description = "It is not good, or not any more (`invalid_refresh_token`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(State(app): State<App>, JsonBody(body): JsonBody<RefreshBody>) -> ApiResult {
    let logged_in = app.engine.accounts.refresh(&body.refresh_token).await?;
    Ok(respond::ok(&Tokens::from(&logged_in), 1_024))
}
