mod branches;
mod delete;
mod export;
mod get;
mod history;
mod history_of;
mod list;
mod patch;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(history::handler))
        .routes(routes!(history_of::handler))
        .routes(routes!(list::handler))
        .routes(routes!(export::handler))
        .routes(routes!(branches::handler))
        .routes(routes!(get::handler, patch::handler, delete::handler))
}
