mod end_session;
mod entrance;
mod keys;
mod login;
mod logout;
mod make_key;
mod password;
mod refresh;
mod register;
mod remove_key;
mod sessions;
mod tokens;
mod verify;
mod whoami;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(entrance::handler))
        .routes(routes!(register::handler))
        .routes(routes!(login::handler))
        .routes(routes!(refresh::handler))
        .routes(routes!(logout::handler))
        .routes(routes!(verify::handler))
        .routes(routes!(whoami::handler))
        .routes(routes!(password::handler))
        .routes(routes!(sessions::handler))
        .routes(routes!(end_session::handler))
        .routes(routes!(keys::handler, make_key::handler))
        .routes(routes!(remove_key::handler))
}
