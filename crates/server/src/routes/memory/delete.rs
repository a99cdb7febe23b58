use axum::extract::State;
use jarvis_core::id::MemoryId;

use crate::{
    error::ApiResult,
    extract::{Caller, Id, UserQuery},
    respond,
    state::App,
    wire::Deleted,
};

/// Forget a memory
#[utoipa::path(
    delete, path = "/api/memory/{id}", tag = "memory", operation_id = "deleteMemory",
    params(("id" = Uuid, Path, description = "The memory"), UserQuery),
    responses((status = 200, description = "It is gone", body = Deleted)),
)]
pub(crate) async fn handler(State(app): State<App>, Id(id): Id<MemoryId>, Caller(scope): Caller) -> ApiResult {
    app.engine.memories.delete(scope, id).await?;
    Ok(respond::ok(&Deleted { id: *id.as_uuid(), deleted: true }, 64))
}
