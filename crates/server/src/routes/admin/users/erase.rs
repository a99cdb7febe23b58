use axum::extract::State;
use jarvis_core::{Scope, id::UserId};
use jarvis_engine::Actor;

use crate::{
    error::ApiResult,
    extract::{Admin, Id},
    respond,
    state::App,
    wire::EraseReceipt,
};

/// Erase somebody and everything that is theirs
///
/// As `DELETE /api/me/data`: it answers when none of it is in any file any more, and goes on by itself when it is cut short.
#[utoipa::path(
    delete, path = "/api/admin/users/{id}", tag = "admin", operation_id = "eraseUser",
    params(("id" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "What was erased", body = EraseReceipt), (status = 409, description = "Nobody would administer any more (`last_administrator`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin, Id(id): Id<UserId>) -> ApiResult {
    app.engine.accounts.get(id).await?;
    let receipt = app.engine.erasure.everything(&Actor::of(&admin), Scope::of(id)).await?;
    Ok(respond::ok(&EraseReceipt::from(&receipt), 512))
}
