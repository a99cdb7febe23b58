mod add;
mod end_sessions;
mod erase;
mod get;
mod keys;
mod list;
mod make_key;
mod password;
mod patch;
mod remove_key;
mod sessions;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::handler, add::handler))
        .routes(routes!(get::handler, patch::handler, erase::handler))
        .routes(routes!(password::handler))
        .routes(routes!(sessions::handler, end_sessions::handler))
        .routes(routes!(keys::handler, make_key::handler))
        .routes(routes!(remove_key::handler))
}
