use axum::extract::State;

use crate::{error::ApiResult, extract::Me, respond, state::App, wire::Logins};

/// Your logins, newest first
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "auth", operation_id = "listLogins",
    responses((status = 200, description = "Those that can be refreshed", body = Logins)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me) -> ApiResult {
    let logins = app.engine.accounts.logins(&me).await?;
    Ok(respond::ok(&Logins::new(&logins, me.via), (logins.len() + 1) * 256))
}
