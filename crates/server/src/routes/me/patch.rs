use axum::extract::State;

use crate::{
    error::ApiResult,
    extract::{Holder, JsonBody},
    respond,
    state::App,
    wire::{Account, MePatch},
};

/// Change your time zone
#[utoipa::path(
    patch, path = "/api/me", tag = "auth", operation_id = "updateMe",
    request_body = MePatch,
    responses(
        (status = 200, description = "Your account", body = Account),
        (status = 409, description = "Whoever asks has no account (`no_account`)", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Holder(me): Holder,
    JsonBody(body): JsonBody<MePatch>,
) -> ApiResult {
    let account = app.engine.accounts.set_time_zone(&me, body.time_zone).await?;
    Ok(respond::ok(&Account::from(&account), 512))
}
