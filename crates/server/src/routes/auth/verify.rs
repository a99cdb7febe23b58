use axum::extract::State;

use crate::{error::ApiResult, extract::Me, respond, state::App, wire::Verified};

/// Whose the token is that this is sent with
#[utoipa::path(
    post, path = "/api/auth/verify", tag = "auth", operation_id = "verify",
    responses((status = 200, description = "Whose it is", body = Verified)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me) -> ApiResult {
    let _ = app;
    Ok(respond::ok(&Verified::from(&*me), 256))
}
