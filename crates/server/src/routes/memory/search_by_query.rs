use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::search;
use crate::{
    error::ApiResult,
    extract::{Caller, Query, UserQuery},
    state::App,
    wire::{MemoryResults, SearchMode},
};

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// At most 1 000 characters.
    #[serde(default)]
    #[param(required = true)]
    q: String,
    /// `text` when absent.
    #[param(inline)]
    mode: Option<SearchMode>,
    /// 1 to 200; 10 when absent.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Find memories, without a body
#[utoipa::path(
    get, path = "/api/memory/search", tag = "memory", operation_id = "searchMemoriesByQuery",
    params(Question, UserQuery),
    responses((status = 200, description = "Best first", body = MemoryResults)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(Question { q, mode, limit, cursor }): Query<Question>,
    Caller(scope): Caller,
) -> ApiResult {
    search::find(&app, &scope, q, mode, limit, cursor.as_deref()).await
}
