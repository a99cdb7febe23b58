use axum::{extract::State, http::StatusCode};

use crate::{
    error::ApiResult,
    extract::{Holder, JsonBody},
    respond,
    state::App,
    wire::{ApiKey, KeyBody},
};

/// Make a key for a program
///
/// It is shown once, here, and good as `authorization: Bearer …` and as `x-api-key: …`.
#[utoipa::path(
    post, path = "/api/auth/keys", tag = "auth", operation_id = "makeKey",
    request_body = KeyBody,
    responses((status = 201, description = "The key", body = ApiKey), (status = 409, description = "There are too many (`too_many_keys`), or whoever asks has no account (`no_account`)", body = crate::error::ErrorBody)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Holder(me): Holder,
    JsonBody(body): JsonBody<KeyBody>,
) -> ApiResult {
    let made = app.engine.accounts.make_key(&me, body.into_request()?).await?;
    Ok(respond::json(StatusCode::CREATED, &ApiKey::from(&made), 512))
}
