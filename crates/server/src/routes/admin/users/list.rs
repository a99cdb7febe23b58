use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Admin, Paging, Query},
    respond,
    state::App,
    wire::Accounts,
};

/// Who can log in, newest first
#[utoipa::path(
    get, path = "/api/admin/users", tag = "admin", operation_id = "listUsers",
    params(Paging, NameQuery),
    responses((status = 200, description = "A page", body = Accounts)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    _: Admin,
    Query(paging): Query<Paging>,
    Query(query): Query<NameQuery>,
) -> ApiResult {
    let accounts = app.engine.accounts.list(query.username.as_deref(), paging.limit(), paging.cursor).await?;
    Ok(respond::ok(&Accounts::from(&accounts), (accounts.items.len() + 1) * 384))
}

/// Whom to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NameQuery {
    /// Only the one with this name.
    username: Option<String>,
}
