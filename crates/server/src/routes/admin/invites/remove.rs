use axum::extract::State;
use jarvis_core::id::InviteId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id},
    respond,
    state::App,
    wire::Deleted,
};

/// Take an invitation back
#[utoipa::path(
    delete, path = "/api/admin/invites/{id}", tag = "admin", operation_id = "removeInvite",
    params(("id" = Uuid, Path, description = "The invitation")),
    responses((status = 200, description = "It is gone", body = Deleted)),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin, Id(id): Id<InviteId>) -> ApiResult {
    app.engine.accounts.remove_invite(&admin, id).await?;
    Ok(respond::ok(&Deleted { id: *id.as_uuid(), deleted: true }, 64))
}
