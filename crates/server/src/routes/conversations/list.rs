use axum::{extract::State, http::StatusCode};
use jarvis_core::{
    Result,
    id::SessionId,
    types::{self, ConversationQuery},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Caller, Paging, Query, UserQuery, parsed},
    respond,
    state::App,
    wire::{ConversationStatus, Conversations, ROW_OVERHEAD, one_status},
};

/// Which conversations to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only with this in the title, ignoring case and accents.
    q: Option<String>,
    /// True for those put away: the same as `status=archived`.
    archived: Option<bool>,
    /// `open` when absent; `deleted` lists the bin.
    #[param(inline)]
    status: Option<ConversationStatus>,
    /// Only of this session.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Uuid>)]
    session_id: Option<SessionId>,
}

impl Filter {
    fn on_page(self, paging: &Paging) -> Result<ConversationQuery> {
        Ok(ConversationQuery {
            status: one_status(self.archived, self.status)?.unwrap_or(types::ConversationStatus::Open),
            session_id: self.session_id,
            title_contains: self.q.filter(|q| !q.is_empty()),
            limit: paging.limit(),
            after: paging.cursor,
        })
    }
}

/// Conversations, newest activity first
#[utoipa::path(
    get, path = "/api/chat/conversations", tag = "chat", operation_id = "listConversations",
    params(Paging, Filter, UserQuery),
    responses((status = 200, description = "A page", body = Conversations)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(paging): Query<Paging>,
    Query(filter): Query<Filter>,
    Caller(scope): Caller,
) -> ApiResult {
    let query = filter.on_page(&paging)?;
    let render = |page: &types::Page<types::Conversation>| {
        respond::encode(&Conversations::from(page), (page.items.len() + 1) * 2 * ROW_OVERHEAD)
    };
    Ok(respond::json_bytes(StatusCode::OK, app.engine.conversations.first_page(&scope, &query, render).await?))
}
