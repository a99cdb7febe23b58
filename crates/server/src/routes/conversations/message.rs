use axum::extract::State;
use jarvis_core::id::MessageId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::Message,
};

/// One turn of a conversation
///
/// For what names a turn without its conversation: what an answer used, or what a memory was taken from.
#[utoipa::path(
    get, path = "/api/chat/message/{message_id}", tag = "chat", operation_id = "getMessage",
    params(("message_id" = Uuid, Path, description = "The message"), UserQuery),
    responses((status = 200, description = "With its conversation's id", body = Message)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<MessageId>, Caller(scope): Caller) -> ApiResult {
    let message = app.engine.conversations.message(&scope, id).await?;
    Ok(respond::ok(&Message::from(&message), Message::size(&message)))
}
