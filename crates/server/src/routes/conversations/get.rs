use axum::extract::State;
use jarvis_core::id::ConversationId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::{Conversation, ROW_OVERHEAD},
};

/// A conversation, without its messages
#[utoipa::path(
    get, path = "/api/chat/conversation/{id}", tag = "chat", operation_id = "getConversation",
    params(("id" = Uuid, Path, description = "The conversation"), UserQuery),
    responses((status = 200, description = "In the bin or not", body = Conversation)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<ConversationId>, Caller(scope): Caller) -> ApiResult {
    let conversation = app.engine.conversations.get(&scope, id).await?;
    Ok(respond::ok(&Conversation::from(&conversation), 2 * ROW_OVERHEAD))
}
