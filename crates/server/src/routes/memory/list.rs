use axum::extract::State;
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
}

/// Current memories, newest first
#[utoipa::path(
    get, path = "/api/memory/list", tag = "memory", operation_id = "listMemories",
    params(Paging, Filter, UserQuery),
    responses((status = 200, description = "A page", body = Memories)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(paging): Query<Paging>,
    Query(Filter { kind, category }): Query<Filter>,
    Caller(scope): Caller,
) -> ApiResult {
    let kind = kind.map(Into::into);
    let page = app.engine.memories.list(&scope, kind, category, paging.limit(), paging.cursor).await?;
    let size: usize = page.items.iter().map(|memory| memory.content.len() + 2 * ROW_OVERHEAD).sum();
    Ok(respond::ok(&Memories::from(&page), size + ROW_OVERHEAD))
}
