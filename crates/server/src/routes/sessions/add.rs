use axum::{extract::State, http::StatusCode};

use crate::{
    error::ApiResult,
    extract::{Submit, UserQuery},
    respond,
    state::App,
    wire::{ROW_OVERHEAD, Session, SessionBody},
};

/// Make a session
#[utoipa::path(
    post, path = "/api/sessions", tag = "sessions", operation_id = "addSession",
    params(
        UserQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters"),
    ),
    request_body = SessionBody,
    responses((status = 201, description = "As stored", body = Session)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Submit { body, scope, idempotency }: Submit<SessionBody>,
) -> ApiResult {
    let made = app.engine.sessions.add(scope, body.into(), idempotency).await?;
    let response = respond::json(StatusCode::CREATED, &Session::from(&made.value), 2 * ROW_OVERHEAD);
    Ok(respond::mark_replayed(response, made.replayed))
}
