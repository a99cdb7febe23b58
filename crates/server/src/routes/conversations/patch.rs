use axum::extract::State;
use jarvis_core::id::ConversationId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, JsonBody, UserQuery},
    respond,
    state::App,
    wire::{Conversation, ConversationPatch, ROW_OVERHEAD},
};

/// Rename, archive, put into the bin, restore, annotate
///
/// A conversation in the bin is hidden from lists, search and answers, and can be restored for 30 days.
#[utoipa::path(
    patch, path = "/api/chat/conversation/{id}", tag = "chat", operation_id = "updateConversation",
    params(("id" = Uuid, Path, description = "The conversation"), UserQuery),
    request_body = ConversationPatch,
    responses((status = 200, description = "As it is now", body = Conversation)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(id): Id<ConversationId>,
    Caller(scope): Caller,
    JsonBody(patch): JsonBody<ConversationPatch>,
) -> ApiResult {
    let conversation = app.engine.conversations.update(scope, id, patch.try_into()?).await?;
    Ok(respond::ok(&Conversation::from(&conversation), 2 * ROW_OVERHEAD))
}
