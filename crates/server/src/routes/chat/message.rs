use axum::extract::State;
use jarvis_core::id::MessageId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, Query, UserQuery},
    respond,
    state::App,
    wire::MessageInContext,
};

/// How much of what stands around it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Reach {
    /// Messages before and after it, of each at most this many: up to 20; 2 when absent.
    reach: Option<u32>,
}

/// A message, where it was said, and what stands around it
///
/// For jumping from a memory's `source_message_ids`, or from anywhere else that names a message, to its place.
#[utoipa::path(
    get, path = "/api/chat/message/{id}", tag = "chat", operation_id = "getMessage",
    params(("id" = Uuid, Path, description = "The message"), Reach, UserQuery),
    responses((status = 200, description = "In the bin or not", body = MessageInContext)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(id): Id<MessageId>,
    Query(Reach { reach }): Query<Reach>,
    Caller(scope): Caller,
) -> ApiResult {
    let (message, page) = app.engine.conversations.message(&scope, id, reach.unwrap_or(2)).await?;
    let answer = MessageInContext::new(&message, &page);
    Ok(respond::ok(&answer, answer.size()))
}
