use axum::extract::State;
use jarvis_core::id::MemoryId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, JsonBody, UserQuery},
    respond,
    state::App,
    wire::{Memory, MemoryPatch, ROW_OVERHEAD},
};

/// Change a memory
#[utoipa::path(
    patch, path = "/api/memory/{id}", tag = "memory", operation_id = "updateMemory",
    params(("id" = Uuid, Path, description = "The memory"), UserQuery),
    request_body = MemoryPatch,
    responses((status = 200, description = "As it is now", body = Memory)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Id(id): Id<MemoryId>,
    Caller(scope): Caller,
    JsonBody(patch): JsonBody<MemoryPatch>,
) -> ApiResult {
    let memory = app.engine.memories.update(scope, id, patch.into()).await?;
    Ok(respond::ok(&Memory::from(&memory), memory.content.len() + 2 * ROW_OVERHEAD))
}
