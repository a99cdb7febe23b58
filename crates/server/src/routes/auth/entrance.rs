use axum::extract::State;

use crate::{error::ApiResult, respond, state::App, wire::Entrance};

/// How one gets in
#[utoipa::path(
    get, path = "/api/auth", tag = "auth", operation_id = "entrance",
    responses((status = 200, description = "What to ask a person for", body = Entrance)),
)]
pub(crate) async fn handler(State(app): State<App>) -> ApiResult {
    let entrance = app.engine.accounts.entrance().await?;
    Ok(respond::ok(&Entrance::from(entrance), 128))
}
