use axum::{http::StatusCode, response::Response};
use jarvis_engine::LoggedIn;

use crate::{error::ApiResult, extract::LoginCookie, respond, state::App, wire::Tokens};

/// Answers tokens; with a cookie, the refresh token goes there and nowhere else.
pub(super) fn answer(
    app: &App,
    status: StatusCode,
    logged_in: &LoggedIn,
    cookie: Option<&LoginCookie>,
) -> ApiResult<Response> {
    let tokens = Tokens::from(logged_in);
    let Some(cookie) = cookie else { return Ok(respond::json(status, &tokens, 1_024)) };
    let mut response = respond::json(status, &tokens.without_refresh_token(), 1_024);
    let lifetime = logged_in.login.expires_at.since(app.engine.now());
    cookie.set(&mut response, logged_in.refresh_token.reveal(), lifetime)?;
    Ok(response)
}
