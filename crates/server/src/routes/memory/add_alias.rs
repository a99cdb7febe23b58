use axum::extract::State;

use super::add;
use crate::{
    error::ApiResult,
    extract::{Submit, UserQuery},
    state::App,
    wire::{Memory, MemoryBody},
};

/// Remember something, under its older name
#[utoipa::path(
    post, path = "/api/memory/add", tag = "memory", operation_id = "addMemoryAlias",
    params(
        UserQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
    ),
    request_body = MemoryBody,
    responses((status = 201, description = "As stored", body = Memory)),
)]
pub(crate) async fn handler(state: State<App>, submit: Submit<MemoryBody>) -> ApiResult {
    add::handler(state, submit).await
}
