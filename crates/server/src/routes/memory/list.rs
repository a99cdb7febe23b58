use axum::extract::State;
use jarvis_core::types::MemoryQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Caller, Paging, Query, UserQuery},
    respond,
    state::App,
    wire::{Memories, MemoryKind, ROW_OVERHEAD},
};

/// Which memories to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only of this kind.
    #[param(inline)]
    kind: Option<MemoryKind>,
    /// Only of this category.
    category: Option<String>,
    /// True for pinned ones only, false for all others.
    pinned: Option<bool>,
    /// True to see those that expired too.
    #[serde(default)]
    expired: bool,
    /// True to see those that something replaced too.
    #[serde(default)]
    superseded: bool,
}

/// Memories, newest first; current ones unless you ask for more
#[utoipa::path(
    get, path = "/api/memory/list", tag = "memory", operation_id = "listMemories",
    params(Paging, Filter, UserQuery),
    responses((status = 200, description = "A page", body = Memories)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(paging): Query<Paging>,
    Query(Filter { kind, category, pinned, expired, superseded }): Query<Filter>,
    Caller(scope): Caller,
) -> ApiResult {
    let (kind, limit, after) = (kind.map(Into::into), paging.limit(), paging.cursor);
    let query = MemoryQuery { kind, category, pinned, expired, superseded, limit, after, ..MemoryQuery::default() };
    let page = app.engine.memories.find(&scope, query).await?;
    let size: usize = page.items.iter().map(|memory| memory.content.len() + 2 * ROW_OVERHEAD).sum();
    Ok(respond::ok(&Memories::from(&page), size + ROW_OVERHEAD))
}
