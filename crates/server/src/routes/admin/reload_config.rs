use axum::extract::State;
use jarvis_core::ErrorKind;
use jarvis_engine::Actor;

use crate::{error::ApiResult, extract::Admin, respond, state::App, wire::ConfigReloaded};

/// Read the configuration again
///
/// What can be put into effect is: limits, allowed origins, trusted proxies, the level of the log, language models,
/// certificates. When anything in it is wrong, nothing changes. The server does the same by itself when a file of the
/// configuration changes, and on SIGHUP.
#[utoipa::path(
    post, path = "/api/admin/config/reload", tag = "admin", operation_id = "reloadConfig",
    security(("admin_token" = [])),
    responses(
        (status = 200, description = "What changed, and what takes effect at the next start only", body = ConfigReloaded),
        (status = 401, description = "The administration token is missing or wrong", body = crate::error::ErrorBody),
        (status = 415, description = "This server was given its configuration by a program", body = crate::error::ErrorBody),
        (status = 422, description = "The configuration is wrong: what and where; nothing changed", body = crate::error::ErrorBody),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, Admin(admin): Admin) -> ApiResult {
    let Some(reload) = &app.reload else {
        return Err(ErrorKind::Unsupported.error("this server has no configuration that could be read again").into());
    };
    let reloaded = ConfigReloaded::from(reload.reload(Actor::of(&admin)).await?);
    Ok(respond::ok(&reloaded, 256))
}
