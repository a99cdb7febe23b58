use axum::{extract::State, http::StatusCode};
use jarvis_engine::{LoginRequest, Secret};

use super::tokens;
use crate::{
    error::ApiResult,
    extract::{Client, JsonBody, LoginCookie},
    state::App,
    wire::{LoginBody, Tokens},
};

/// Log in
///
/// A wrong name, a wrong password and an account that is disabled are answered alike.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "auth", operation_id = "login",
    request_body = LoginBody,
    responses((status = 200, description = "Tokens", body = Tokens), (status = 401, description = "The name or the password is wrong (`invalid_credentials`)", body = crate::error::ErrorBody), (status = 429, description = "Too many attempts; see `Retry-After`", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    client: Client,
    cookie: LoginCookie,
    JsonBody(body): JsonBody<LoginBody>,
) -> ApiResult {
    let LoginBody { username, password, cookie: in_cookie } = body;
    let Client { address, label } = client;
    let request = LoginRequest { name: username, password: Secret::new(password), address, label };
    let logged_in = app.engine.accounts.login(request).await?;
    tokens::answer(&app, StatusCode::OK, &logged_in, in_cookie.then_some(&cookie))
}
