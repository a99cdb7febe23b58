mod add;
mod add_alias;
mod delete;
mod get;
mod list;
mod patch;
mod search;
mod search_by_query;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add::handler))
        .routes(routes!(add_alias::handler))
        .routes(routes!(list::handler))
        .routes(routes!(search::handler, search_by_query::handler))
        .routes(routes!(get::handler, patch::handler, delete::handler))
}
