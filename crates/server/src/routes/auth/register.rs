use axum::{extract::State, http::StatusCode};

use super::tokens;
use crate::{
    error::ApiResult,
    extract::{Client, JsonBody, LoginCookie},
    state::App,
    wire::{RegisterBody, Tokens},
};

/// Make an account, and log in with it
///
/// The first account is the administrator's and needs the `setup_token`: `JARVIS_SETUP_TOKEN`, or the file `setup.token` in the
/// data directory. Whether others need an `invite` is `auth.registration`.
#[utoipa::path(
    post, path = "/api/auth/register", tag = "auth", operation_id = "register",
    request_body = RegisterBody,
    responses((status = 201, description = "The account is there", body = Tokens), (status = 403, description = "Refused: `setup_required`, `setup_token_wrong`, `registration_closed`, `invite_required` or `invite_unknown`", body = crate::error::ErrorBody), (status = 409, description = "The name is taken (`user_exists`), or somebody administers already (`set_up_already`)", body = crate::error::ErrorBody), (status = 429, description = "Too many attempts; see `Retry-After`", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    client: Client,
    cookie: LoginCookie,
    JsonBody(body): JsonBody<RegisterBody>,
) -> ApiResult {
    let in_cookie = body.cookie;
    let logged_in = app.engine.accounts.register(body.into_request(client)).await?;
    tokens::answer(&app, StatusCode::CREATED, &logged_in, in_cookie.then_some(&cookie))
}
