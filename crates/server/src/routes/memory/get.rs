use axum::extract::State;
use jarvis_core::id::MemoryId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::{Memory, ROW_OVERHEAD},
};

/// A memory, expired ones included
#[utoipa::path(
    get, path = "/api/memory/{id}", tag = "memory", operation_id = "getMemory",
    params(("id" = Uuid, Path, description = "The memory"), UserQuery),
    responses((status = 200, description = "As stored", body = Memory)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<MemoryId>, Caller(scope): Caller) -> ApiResult {
    let memory = app.engine.memories.get(&scope, id).await?;
    Ok(respond::ok(&Memory::from(&memory), memory.content.len() + 2 * ROW_OVERHEAD))
}
