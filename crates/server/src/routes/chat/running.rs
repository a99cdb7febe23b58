use axum::extract::State;

use crate::{
    error::ApiResult,
    extract::{Caller, UserQuery},
    respond,
    state::App,
    wire::RunningAnswers,
};

/// The answers that are being produced
///
/// For a client that was loaded again, or that runs elsewhere: read them on with `/api/chat/stream/{message_id}`.
#[utoipa::path(
    get, path = "/api/chat/running", tag = "chat", operation_id = "listRunning",
    params(UserQuery),
    responses((status = 200, description = "Oldest first", body = RunningAnswers)),
)]
pub(crate) async fn handler(State(app): State<App>, Caller(scope): Caller) -> ApiResult {
    let running = app.engine.chat.running(&scope).await?;
    Ok(respond::ok(&RunningAnswers::from(running.as_slice()), 256 * (running.len() + 1)))
}
