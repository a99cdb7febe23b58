use axum::extract::State;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::AuditVerification};

/// Look at the whole trail: whether anything in it was changed, removed, added or put elsewhere
///
/// It answers 200 either way; `first_broken` names the first entry that is not as it was written.
#[utoipa::path(
    post, path = "/api/admin/audit/verify", tag = "admin", operation_id = "verifyAudit",
    responses((status = 200, description = "What was found", body = AuditVerification)),
)]
pub(crate) async fn handler(State(app): State<App>, _: Admin) -> ApiResult {
    let verdict = app.engine.audit.verify().await?;
    Ok(respond::ok(&AuditVerification::from(&verdict), 256))
}
