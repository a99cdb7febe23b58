use axum::extract::State;
use jarvis_core::Timestamp;
use jarvis_engine::AuditFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Admin, Paging, Query, parsed},
    respond,
    state::App,
    wire::AuditEntries,
};

/// Who did what, newest first
#[utoipa::path(
    get, path = "/api/admin/audit", tag = "admin", operation_id = "listAudit",
    params(Paging, AuditParams),
    responses((status = 200, description = "A page", body = AuditEntries)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    _: Admin,
    Query(paging): Query<Paging>,
    Query(params): Query<AuditParams>,
) -> ApiResult {
    let AuditParams { actor, act, object, subject, from, to } = params;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter =
        AuditFilter { actor: some(actor), act: some(act), object: some(object), subject: some(subject), from, to };
    let page = app.engine.audit.list(filter, paging.limit(), paging.cursor).await?;
    Ok(respond::ok(&AuditEntries::from(&page), (page.items.len() + 1) * 512))
}

/// Which acts are meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only those of this person, by id or by name.
    actor: Option<String>,
    /// Only this act, such as `user.change`.
    act: Option<String>,
    /// Only what was done to this: a person, by id or by name, or another id or word.
    object: Option<String>,
    /// Only what concerns this person, by id or by name: also what was done by others, and to what is theirs.
    subject: Option<String>,
    /// Only from then on.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only until before then.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}
