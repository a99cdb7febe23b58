use axum::{extract::State, http::StatusCode};
use jarvis_core::id::UserId;

use crate::{
    error::ApiResult,
    extract::{Admin, Id, JsonBody},
    respond,
    state::App,
    wire::{ApiKey, KeyBody},
};

/// Make a key for a program of somebody; it is shown once
#[utoipa::path(
    post, path = "/api/admin/users/{id}/keys", tag = "admin", operation_id = "makeKeyFor",
    params(("id" = Uuid, Path, description = "The person")),
    request_body = KeyBody,
    responses((status = 201, description = "The key", body = ApiKey), (status = 409, description = "There are too many (`too_many_keys`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<UserId>,
    JsonBody(body): JsonBody<KeyBody>,
) -> ApiResult {
    let person = app.engine.accounts.on_behalf_of(&admin, id).await?;
    let made = app.engine.accounts.make_key(&person, body.into_request()?).await?;
    Ok(respond::json(StatusCode::CREATED, &ApiKey::from(&made), 512))
}
