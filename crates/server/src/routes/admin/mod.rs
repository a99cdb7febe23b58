mod invites;
mod reindex;
mod reindex_progress;
mod users;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(reindex::handler, reindex_progress::handler))
        .merge(users::routes())
        .merge(invites::routes())
}
