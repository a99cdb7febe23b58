use axum::extract::State;

use crate::{
    error::ApiResult,
    extract::{JsonBody, LoginCookie, Me},
    respond,
    state::App,
    wire::{Ended, LogoutBody},
};

/// End this login, or all of them
///
/// Its tokens are refused from now on; another server on the same database may take them for 30 seconds more. The body may be
/// left out.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth", operation_id = "logout",
    request_body = Option<LogoutBody>,
    responses((status = 200, description = "How many ended", body = Ended), (status = 409, description = "What asks is not logged in (`not_a_login`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Me(me): Me,
    cookie: LoginCookie,
    body: Option<JsonBody<LogoutBody>>,
) -> ApiResult {
    let everywhere = body.is_some_and(|JsonBody(body)| body.everywhere);
    let ended_sessions = app.engine.accounts.logout(&me, everywhere).await?;
    let mut response = respond::ok(&Ended { ended_sessions }, 64);
    if cookie.token.is_some() {
        cookie.clear(&mut response)?;
    }
    Ok(response)
}
