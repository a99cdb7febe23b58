use axum::extract::State;

use crate::{error::ApiResult, extract::Me, respond, state::App, wire::ApiKeys};

/// Your keys, newest first
#[utoipa::path(
    get, path = "/api/auth/keys", tag = "auth", operation_id = "listKeys",
    responses((status = 200, description = "Keys, without what lets in", body = ApiKeys)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me) -> ApiResult {
    let keys = app.engine.accounts.keys(&me).await?;
    Ok(respond::ok(&ApiKeys::from(&*keys), (keys.len() + 1) * 256))
}
