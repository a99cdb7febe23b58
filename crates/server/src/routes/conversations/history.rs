use axum::{extract::State, http::StatusCode};
use bytes::Bytes;
use jarvis_core::{
    Error, Result, Timestamp,
    id::{ConversationId, MessageId},
    types::{Anchor, MessagePage, MessageQuery},
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
    /// Only messages after this one: the next page of newer ones.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Uuid>)]
    after: Option<MessageId>,
    /// The messages around this one, which is in the middle as far as there are others on both sides.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Uuid>)]
    around: Option<MessageId>,
    /// Only the branch that ends with this message: the last `limit` of its turns.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Uuid>)]
    leaf: Option<MessageId>,
}

/// What of a conversation to show.
enum Part {
    Latest(MessageQuery),
    About(Anchor),
    Branch(MessageId),
}

impl Window {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(Paging::DEFAULT_LIMIT)
    }

    fn part(&self) -> Result<Part> {
        let limit = self.limit();
        match *self {
            Self { before, since, after: None, around: None, leaf: None, .. } => {
                Ok(Part::Latest(MessageQuery { before, since, limit }))
            }
            Self { before: None, since: None, after: Some(after), around: None, leaf: None, .. } => {
                Ok(Part::About(Anchor::After(after)))
            }
            Self { before: None, since: None, after: None, around: Some(around), leaf: None, .. } => {
                Ok(Part::About(Anchor::Around(around)))
            }
            Self { before: None, since: None, after: None, around: None, leaf: Some(leaf), .. } => {
                Ok(Part::Branch(leaf))
            }
            _ => Err(Error::invalid("around", "send either before and since, or one of after, around and leaf")),
        }
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
    show(&app, &scope, id, &window).await
}

pub(super) async fn show(app: &App, scope: &jarvis_core::Scope, id: ConversationId, window: &Window) -> ApiResult {
    let conversations = &app.engine.conversations;
    let page = match window.part()? {
        Part::Latest(MessageQuery { before: None, since: None, limit }) => {
            return Ok(respond::json_bytes(StatusCode::OK, conversations.latest(scope, id, limit, render).await?));
        }
        Part::Latest(query) => conversations.history(scope, id, &query).await?,
        Part::About(anchor) => conversations.window(scope, id, anchor, window.limit()).await?,
        Part::Branch(leaf) => conversations.branch(scope, id, leaf, window.limit()).await?,
    };
    Ok(respond::json_bytes(StatusCode::OK, render(&page)?))
}

fn render(page: &MessagePage) -> Result<Bytes> {
    let history = History::from(page);
    respond::encode(&history, history.size())
}
