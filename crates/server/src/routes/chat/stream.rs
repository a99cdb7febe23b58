use axum::extract::State;
use jarvis_core::id::MessageId;

use super::events;
use crate::{
    edge::RequestId,
    error::ApiResult,
    extract::{Caller, Id, LastEventId, UserQuery, Welcome},
    state::App,
};

/// Read an answer, or go on reading it
///
/// The events of `POST /api/chat` for an answer that is being produced or was. Without an id from the beginning; with the
/// id of the last event that was read, the rest: no byte is lost or comes twice, `start` is not told again and `memory`
/// only when no text was read. Several may read the same answer. An answer that broke off ends with `error`, code
/// `interrupted`, when the cause is not known any more.
#[utoipa::path(
    get, path = "/api/chat/stream/{message_id}", tag = "chat", operation_id = "streamMessage",
    params(
        ("message_id" = uuid::Uuid, Path, description = "From the event `start`"),
        UserQuery,
        LastEventId,
    ),
    responses((status = 200, description = "The events", content((crate::wire::StreamEvent = "text/event-stream")))),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Caller(scope): Caller,
    Id(message_id): Id<MessageId>,
    seen: LastEventId,
    welcome: Welcome,
    request_id: RequestId,
) -> ApiResult {
    let generation = app.engine.chat.generation(&scope, message_id).await?;
    events::stream_from(&app, generation, seen.bytes(), welcome, request_id)
}
