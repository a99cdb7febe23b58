use axum::extract::{Path, State};
use jarvis_core::{Error, Result, id::ApiKeyId};

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::Deleted};

/// Remove a key of somebody
#[utoipa::path(
    delete, path = "/api/admin/users/{id}/keys/{key}", tag = "admin", operation_id = "removeKeyOf",
    params(("id" = Uuid, Path, description = "The person"), ("key" = Uuid, Path, description = "The key")),
    responses((status = 200, description = "It is gone", body = Deleted)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Admin(admin): Admin,
    Path((id, key)): Path<(String, String)>,
) -> ApiResult {
    let person = app.engine.accounts.on_behalf_of(&admin, parsed(&id)?).await?;
    let key: ApiKeyId = parsed(&key)?;
    app.engine.accounts.remove_key(&person, key).await?;
    Ok(respond::ok(&Deleted { id: *key.as_uuid(), deleted: true }, 64))
}

fn parsed<T: std::str::FromStr<Err = Error>>(text: &str) -> Result<T> {
    text.parse()
}
