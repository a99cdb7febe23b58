use axum::extract::State;
use jarvis_core::id::ConversationId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::Branches,
};

/// The branches of a conversation
///
/// Edited messages and answers given again make a tree. Each branch is named by its last message; `GET
/// /api/chat/history/{id}?leaf=` shows one.
#[utoipa::path(
    get, path = "/api/chat/conversation/{id}/branches", tag = "chat", operation_id = "listBranches",
    params(("id" = Uuid, Path, description = "The conversation"), UserQuery),
    responses((status = 200, description = "The active one first, then the newest first; at most 1 000", body = Branches)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<ConversationId>, Caller(scope): Caller) -> ApiResult {
    let branches = app.engine.conversations.branches(&scope, id).await?;
    Ok(respond::ok(&Branches::from(branches.as_slice()), 64 + 240 * branches.len()))
}
