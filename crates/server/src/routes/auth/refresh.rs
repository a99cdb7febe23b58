use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jarvis_core::{Error, ErrorKind};

use super::tokens;
use crate::{
    error::{ApiError, ApiResult},
    extract::{JsonBody, LoginCookie},
    state::App,
    wire::{RefreshBody, Tokens},
};

/// Exchange a refresh token for new tokens
///
/// Each is good once. Using one again ends its login, because somebody has stolen it. What came in the cookie goes back into
/// the cookie; the body may be left out then, and the same cookie gets the same next one for ten seconds, as long as nobody has used that:
/// a page may be left before it has heard it.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "auth", operation_id = "refresh",
    request_body = Option<RefreshBody>,
    responses((status = 200, description = "Tokens", body = Tokens), (status = 401, description = "It is not good, or not any more (`invalid_refresh_token`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    cookie: LoginCookie,
    body: Option<JsonBody<RefreshBody>>,
) -> ApiResult {
    if let Some(token) = body.and_then(|JsonBody(body)| body.refresh_token) {
        let logged_in = app.engine.accounts.refresh(&token).await?;
        return tokens::answer(&app, StatusCode::OK, &logged_in, None);
    }
    let Some(token) = &cookie.token else { return Err(missing().into()) };
    match app.engine.accounts.refresh_in_browser(token).await {
        Ok(logged_in) => tokens::answer(&app, StatusCode::OK, &logged_in, Some(&cookie)),
        Err(error) if error.kind() == ErrorKind::Unauthenticated => over(&cookie, error),
        Err(error) => Err(error.into()),
    }
}

fn missing() -> Error {
    ErrorKind::Unauthenticated.error("send the refresh_token, or log in").with_code("invalid_refresh_token")
}

/// What is good for nothing any more is taken out of the browser.
fn over(cookie: &LoginCookie, error: Error) -> ApiResult<Response> {
    let mut response = ApiError(error).into_response();
    cookie.clear(&mut response)?;
    Ok(response)
}
