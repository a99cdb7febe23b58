use axum::extract::State;
use jarvis_core::{
    Error, Timestamp,
    id::{ConversationId, MessageId},
    types::MessageQuery,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Caller, Paging, Query, UserQuery, parsed},
    respond,
    state::App,
    wire::History,
};

/// Which messages of a conversation to show: the latest that satisfy the bounds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// Only messages before this one.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Uuid>)]
    before: Option<MessageId>,
    /// Only messages said at or after this moment.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl From<Window> for MessageQuery {
    fn from(window: Window) -> Self {
        Self { before: window.before, since: window.since, limit: window.limit.unwrap_or(Paging::DEFAULT_LIMIT) }
    }
}

/// Which conversation.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The conversation.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Uuid, required = true)]
    conversation_id: Option<ConversationId>,
}

/// What was said in a conversation
#[utoipa::path(
    get, path = "/api/chat/history", tag = "chat", operation_id = "getHistory",
    params(Which, Window, UserQuery),
    responses(
        (status = 200, description = "Oldest first", body = History),
        (status = 404, description = "There is no such conversation, or it is somebody else's",
            body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(which): Query<Which>,
    Query(window): Query<Window>,
    Caller(scope): Caller,
) -> ApiResult {
    let id = which.conversation_id.ok_or_else(|| Error::invalid("conversation_id", "say which conversation_id"))?;
    show(&app, &scope, id, window).await
}

pub(super) async fn show(app: &App, scope: &jarvis_core::Scope, id: ConversationId, window: Window) -> ApiResult {
    let page = app.engine.conversations.history(scope, id, &window.into()).await?;
    let history = History::from(&page);
    Ok(respond::ok(&history, history.size()))
}
