use axum::{extract::State, http::StatusCode};
use jarvis_engine::Actor;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::EncryptionKeys};

/// Seal everything under the current encryption key
///
/// It runs in the background while everything goes on; GET /api/admin/keys tells how far it is. What was interrupted goes on when it
/// is begun again.
#[utoipa::path(
    post, path = "/api/admin/keys/rotate", tag = "admin", operation_id = "rotateEncryptionKeys",
    security(("admin_token" = [])),
    responses(
        (status = 202, description = "It has begun, or was running", body = EncryptionKeys),
        (status = 401, description = "The administration token is missing or wrong", body = crate::error::ErrorBody),
        (status = 409, description = "Encryption is off on this server", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin) -> ApiResult {
    app.engine.keys.rotate(&Actor::of(&admin)).await?;
    let status = app.engine.keys.status().await?;
    Ok(respond::json(StatusCode::ACCEPTED, &EncryptionKeys::new(&status, app.engine.keys.progress()), 512))
}
