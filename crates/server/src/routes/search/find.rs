use axum::extract::State;
use jarvis_core::{Error, Result, Timestamp, id::ConversationId, ports::KindFilter};
use jarvis_engine::SearchRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Caller, Query, UserQuery, offset, parsed},
    respond,
    state::App,
    wire::{ROW_OVERHEAD, Role, SearchMode, SearchResults, SearchScope},
};

/// What to look for, and where.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// Words; `"quoted words"` must stand together, `word~` also finds similar spellings, `-word` must not occur. At most
    /// 1 000 characters.
    #[serde(default)]
    #[param(required = true)]
    q: String,
    /// `all` when absent.
    #[param(inline)]
    scope: Option<SearchScope>,
    /// `text` when absent. `hybrid` finds what was said in other words, too, and what stands near it; there, and with
    /// `vector`, quotes and `-` only weigh words and exclude nothing.
    #[param(inline)]
    mode: Option<SearchMode>,
    /// Whether each hit tells what made its score; of use with `mode=hybrid`.
    explain: Option<bool>,
    /// Only in this conversation.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Uuid>)]
    conversation_id: Option<ConversationId>,
    /// Only said by this role.
    #[param(inline)]
    role: Option<Role>,
    /// Only at or after this moment.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only before this moment.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// 1 to 200; 20 when absent.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TryFrom<Question> for SearchRequest {
    type Error = Error;

    fn try_from(question: Question) -> Result<Self> {
        Ok(Self {
            query: question.q,
            mode: question.mode.map_or(jarvis_engine::SearchMode::Text, Into::into),
            explain: question.explain.unwrap_or_default(),
            kinds: question.scope.map_or(KindFilter::All, Into::into),
            conversation_id: question.conversation_id,
            role: question.role.map(Into::into),
            from: question.from,
            until: question.until,
            limit: question.limit.unwrap_or(20),
            offset: offset(question.cursor.as_deref())?,
        })
    }
}

/// Find messages and memories
///
/// What was stored before the call is found. Conversations in the bin are not searched.
#[utoipa::path(
    get, path = "/api/search", tag = "search", operation_id = "search",
    params(Question, UserQuery),
    responses((status = 200, description = "Best first", body = SearchResults)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(question): Query<Question>,
    Caller(scope): Caller,
) -> ApiResult {
    let found = app.engine.search.find(&scope, &question.try_into()?).await?;
    Ok(respond::ok(&SearchResults::from(&found), (found.hits.len() + 1) * 3 * ROW_OVERHEAD))
}
