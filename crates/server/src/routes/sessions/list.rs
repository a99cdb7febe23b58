use axum::extract::State;

use crate::{
    error::ApiResult,
    extract::{Caller, Paging, Query, UserQuery},
    respond,
    state::App,
    wire::{ROW_OVERHEAD, Sessions},
};

/// Sessions, newest first
#[utoipa::path(
    get, path = "/api/sessions", tag = "sessions", operation_id = "listSessions",
    params(Paging, UserQuery),
    responses((status = 200, description = "A page", body = Sessions)),
)]
pub(crate) async fn handler(State(app): State<App>, Query(paging): Query<Paging>, Caller(scope): Caller) -> ApiResult {
    let page = app.engine.sessions.list(&scope, paging.limit(), paging.cursor).await?;
    Ok(respond::ok(&Sessions::from(&page), (page.items.len() + 1) * 2 * ROW_OVERHEAD))
}
