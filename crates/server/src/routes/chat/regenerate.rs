use axum::extract::State;

use super::events;
use crate::{
    edge::RequestId,
    error::ApiResult,
    extract::{Accept, Id, Submit, UserQuery, Welcome},
    state::App,
    wire::{ChatAnswer, RegenerateBody},
};

/// Answer again
///
/// Begins another answer to what the person said, beside those there are: name an answer to give again, or a message of
/// the user whose answer is missing. It comes as with `POST /api/chat`, and the conversation goes on from it.
#[utoipa::path(
    post, path = "/api/chat/regenerate/{message_id}", tag = "chat", operation_id = "regenerateMessage",
    params(
        ("message_id" = uuid::Uuid, Path, description = "An answer, or a message of the user"),
        UserQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
    ),
    request_body = RegenerateBody,
    responses(
        (status = 200, description = "The answer", content(
            (ChatAnswer = "application/json"), (crate::wire::StreamEvent = "text/event-stream"),
        )),
        (status = 409, description = "Another answer is being produced in this conversation (`generation_running`), the \
            conversation is in the bin (`conversation_deleted`), or the same request is still running \
            (`idempotency_running`)", body = crate::error::ErrorBody),
        (status = 502, description = "The model answered badly", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(message_id): Id<jarvis_core::id::MessageId>,
    accept: Accept,
    mut welcome: Welcome,
    request_id: RequestId,
    Submit { body, scope, idempotency }: Submit<RegenerateBody>,
) -> ApiResult {
    let streamed = body.wants_stream().unwrap_or(accept.event_stream);
    let request = body.into_request(message_id, idempotency, streamed);
    let generation = welcome.during(app.engine.chat.regenerate(scope, request)).await?;
    events::respond(&app, generation, streamed, welcome, request_id).await
}
