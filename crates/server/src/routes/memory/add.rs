use axum::{extract::State, http::StatusCode};

use crate::{
    error::ApiResult,
    extract::{Submit, UserQuery},
    respond,
    state::App,
    wire::{Memory, MemoryBody, ROW_OVERHEAD},
};

/// Remember something
#[utoipa::path(
    post, path = "/api/memory", tag = "memory", operation_id = "addMemory",
    params(
        UserQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
    ),
    request_body = MemoryBody,
    responses((status = 201, description = "As stored", body = Memory)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Submit { body, scope, idempotency }: Submit<MemoryBody>,
) -> ApiResult {
    let made = app.engine.memories.add(scope, body.into(), idempotency).await?;
    let size = made.value.content.len() + 2 * ROW_OVERHEAD;
    let response = respond::json(StatusCode::CREATED, &Memory::from(&made.value), size);
    Ok(respond::mark_replayed(response, made.replayed))
}
