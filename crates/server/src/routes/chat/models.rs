use axum::extract::State;

use crate::{error::ApiResult, respond, state::App, wire::Models};

/// The models that may be asked
#[utoipa::path(
    get, path = "/api/chat/models", tag = "chat", operation_id = "listModels",
    responses((status = 200, description = "The default first", body = Models)),
)]
pub(crate) async fn handler(State(app): State<App>) -> ApiResult {
    let models = app.engine.chat.models().await?;
    Ok(respond::ok(&Models::from(models.as_slice()), 256 * models.len()))
}
