mod audit;
mod invites;
mod keys;
mod reindex;
mod reindex_progress;
mod reload_config;
mod rotate_keys;
mod users;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(reindex::handler, reindex_progress::handler))
        .routes(routes!(reload_config::handler))
        .routes(routes!(keys::handler))
        .routes(routes!(rotate_keys::handler))
        .merge(audit::routes())
        .merge(users::routes())
        .merge(invites::routes())
}
