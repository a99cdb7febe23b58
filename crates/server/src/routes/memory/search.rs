use axum::extract::State;
use jarvis_core::{Scope, ports::KindFilter};
use jarvis_engine::SearchRequest;

use crate::{
    error::ApiResult,
    extract::{Submit, UserQuery, offset},
    respond,
    state::App,
    wire::{MemoryResults, MemorySearchBody, ROW_OVERHEAD, SearchMode},
};

/// Find memories
#[utoipa::path(
    post, path = "/api/memory/search", tag = "memory", operation_id = "searchMemories",
    params(UserQuery),
    request_body = MemorySearchBody,
    responses((status = 200, description = "Best first", body = MemoryResults)),
)]
pub(crate) async fn handler(State(app): State<App>, Submit { body, scope, .. }: Submit<MemorySearchBody>) -> ApiResult {
    find(&app, &scope, body.query, body.mode, body.limit, body.cursor.as_deref()).await
}

pub(super) async fn find(
    app: &App,
    scope: &Scope,
    query: String,
    mode: Option<SearchMode>,
    limit: Option<usize>,
    cursor: Option<&str>,
) -> ApiResult {
    let request = SearchRequest {
        query,
        mode: mode.map_or(jarvis_engine::SearchMode::Text, Into::into),
        explain: false,
        kinds: KindFilter::Memories,
        conversation_id: None,
        role: None,
        from: None,
        until: None,
        limit: limit.unwrap_or(10),
        offset: offset(cursor)?,
    };
    let found = app.engine.search.find(scope, &request).await?;
    Ok(respond::ok(&MemoryResults::from(&found), (found.hits.len() + 1) * 3 * ROW_OVERHEAD))
}
