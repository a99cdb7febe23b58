use axum::extract::State;
use jarvis_core::id::MessageId;

use crate::{
    access::Identity,
    error::ApiResult,
    extract::{Id, Query, UserQuery},
    respond,
    state::App,
    wire::StopAnswer,
};

/// Stop an answer
///
/// The model stops, and what was produced is stored as the answer, with status `stopped`. Whoever reads it gets `done` with
/// that text and `finish_reason: stopped`. An answer that has ended stays as it is.
#[utoipa::path(
    post, path = "/api/chat/stop/{message_id}", tag = "chat", operation_id = "stopMessage",
    params(("message_id" = uuid::Uuid, Path, description = "From the event `start`"), UserQuery),
    responses((status = 200, description = "The answer as it is stored", body = StopAnswer)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    identity: Identity,
    Query(UserQuery { user_id }): Query<UserQuery>,
    Id(message_id): Id<MessageId>,
) -> ApiResult {
    let scope = identity.scope(&app.engine, user_id.as_deref(), false).await?;
    let outcome = app.engine.chat.stop(&scope, message_id).await?;
    let answer = StopAnswer::from(&outcome);
    Ok(respond::ok(&answer, answer.size()))
}
