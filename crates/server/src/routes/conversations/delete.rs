use axum::extract::State;
use jarvis_core::id::ConversationId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::ConversationErased,
};

/// Erase a conversation for good
///
/// Removes its messages, the memories that came from them alone, and all of it from the indexes. There is no way back; to
/// be able to restore it, PATCH `status` to `deleted` instead.
#[utoipa::path(
    delete, path = "/api/chat/conversation/{id}", tag = "chat", operation_id = "eraseConversation",
    params(("id" = Uuid, Path, description = "The conversation"), UserQuery),
    responses((status = 200, description = "What was removed", body = ConversationErased)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<ConversationId>, Caller(scope): Caller) -> ApiResult {
    let receipt = app.engine.conversations.erase(scope, id).await?;
    Ok(respond::ok(&ConversationErased::from(receipt), 128))
}
