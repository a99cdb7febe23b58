use axum::extract::State;

use super::events;
use crate::{
    edge::RequestId,
    error::ApiResult,
    extract::{Accept, Submit, UserQuery, Welcome},
    state::App,
    wire::{ChatAnswer, ChatBody},
};

/// Say something
///
/// The message is stored before the model is asked, and the answer is finished and stored whether or not anybody waits
/// for it (unless `chat.on_disconnect` is `stop`). With `stream: true`, or `Accept: text/event-stream` and no `stream`, the answer comes as server-sent events:
/// `start` {message_id, user_message_id, conversation_id, model}, `memory` {memories_used}, `token` {text} for each piece,
/// and at the end `done` (the whole answer as without streaming) or `error` {error}. The `id` of each event is the number
/// of bytes of text so far; a client that was cut off reads on at `/api/chat/stream/{message_id}`.
///
/// When the model fails in mid-answer, what came of it is kept as a message with status `interrupted`.
///
/// With an `Idempotency-Key`, sending the same request again answers the same and does not ask the model again; after a
/// failure it goes on from the stored message. While the first try still runs, a streamed repetition reads the same
/// answer, with `idempotency-replayed: true`; any other is refused with `idempotency_running`.
#[utoipa::path(
    post, path = "/api/chat", tag = "chat", operation_id = "sendMessage",
    params(
        UserQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
    ),
    request_body = ChatBody,
    responses(
        (status = 200, description = "The answer", content(
            (ChatAnswer = "application/json"), (crate::wire::StreamEvent = "text/event-stream"),
        )),
        (status = 404, description = "There is no such conversation or session, or it is somebody else's",
            body = crate::error::ErrorBody),
        (status = 409, description = "Another answer is being produced in this conversation (`generation_running`), the \
            conversation is in the bin (`conversation_deleted`), or the same request is still running \
            (`idempotency_running`)", body = crate::error::ErrorBody),
        (status = 502, description = "The model answered badly; the message is kept", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    accept: Accept,
    mut welcome: Welcome,
    request_id: RequestId,
    Submit { body, scope, idempotency }: Submit<ChatBody>,
) -> ApiResult {
    let streamed = body.wants_stream().unwrap_or(accept.event_stream);
    let generation = welcome.during(app.engine.chat.send(scope, body.into_request(idempotency, streamed))).await?;
    events::respond(&app, generation, streamed, welcome, request_id).await
}
