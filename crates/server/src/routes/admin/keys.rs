use axum::extract::State;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::EncryptionKeys};

/// Which encryption keys there are, and how far sealing everything under the current one is
#[utoipa::path(
    get, path = "/api/admin/keys", tag = "admin", operation_id = "encryptionKeys",
    security(("admin_token" = [])),
    responses(
        (status = 200, description = "The keys by their names", body = EncryptionKeys),
        (status = 401, description = "The administration token is missing or wrong", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, _: Admin) -> ApiResult {
    let status = app.engine.keys.status().await?;
    Ok(respond::ok(&EncryptionKeys::new(&status, app.engine.keys.progress()), 512))
}
