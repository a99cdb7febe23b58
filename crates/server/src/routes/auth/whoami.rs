use axum::extract::State;

use crate::{error::ApiResult, extract::Me, respond, state::App, wire::WhoAmI};

/// Who you are, and what you may do
#[utoipa::path(
    get, path = "/api/auth/whoami", tag = "auth", operation_id = "whoAmI",
    responses((status = 200, description = "Who you are", body = WhoAmI)),
)]
pub(crate) async fn handler(State(app): State<App>, Me(me): Me) -> ApiResult {
    let myself = app.engine.accounts.myself(&me).await?;
    Ok(respond::ok(&WhoAmI::new(&me, &myself), 512))
}
