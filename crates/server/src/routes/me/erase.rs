use axum::extract::State;
use jarvis_engine::Actor;

use crate::{
    access::Identity,
    error::{ApiResult, ErrorBody},
    extract::{Caller, JsonBody, UserQuery},
    respond,
    state::App,
    wire::{EraseBody, EraseReceipt},
};

/// Erase everything that is yours
///
/// Needs `{"confirm": "erase everything"}`. Stops your running answers, then removes your messages, conversations, memories,
/// sessions, statistics, idempotency keys and yourself from the database, from both indexes and from every cache, and then
/// from the files: what was deleted is overwritten, logs are emptied, segments of the index are written again, copies from
/// before migrations are removed. It answers when none of it is in any file of the data directory any more. There is no
/// way back; `GET /api/export` first.
///
/// The receipt is kept nowhere. What stays is one line of the trail and of the log: that this was done, when, under which
/// user id, and how much it was. Answers 503 `erasure_continues` when something cannot be done now: it goes on by itself,
/// also after a crash, and asking again tells when it is done.
#[utoipa::path(
    delete, path = "/api/me/data", tag = "transfer", operation_id = "eraseEverything",
    params(UserQuery),
    request_body = EraseBody,
    responses(
        (status = 200, description = "What was erased", body = EraseReceipt),
        (status = 409, description = "Nobody would administer any more (`last_administrator`)", body = ErrorBody),
        (status = 503, description = "Not all of it is gone yet (`erasure_continues`)", body = ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    identity: Identity,
    Caller(scope): Caller,
    JsonBody(body): JsonBody<EraseBody>,
) -> ApiResult {
    body.check()?;
    let by = Actor::of(&*identity.principal(&app.engine).await?);
    let receipt = app.engine.erasure.everything(&by, scope).await?;
    Ok(respond::ok(&EraseReceipt::from(&receipt), 512))
}
