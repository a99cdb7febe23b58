use axum::extract::State;
use jarvis_core::id::ConversationId;

use super::history::{self, Window};
use crate::{
    error::ApiResult,
    extract::{Caller, Id, Query, UserQuery},
    state::App,
    wire::History,
};

/// What was said in a conversation, by its path
#[utoipa::path(
    get, path = "/api/chat/history/{id}", tag = "chat", operation_id = "getHistoryOf",
    params(("id" = Uuid, Path, description = "The conversation"), Window, UserQuery),
    responses((status = 200, description = "Oldest first", body = History)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(id): Id<ConversationId>,
    Query(window): Query<Window>,
    Caller(scope): Caller,
) -> ApiResult {
    history::show(&app, &scope, id, &window).await
}
