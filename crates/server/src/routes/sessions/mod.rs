mod add;
mod delete;
mod get;
mod list;
mod patch;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::handler, add::handler)).routes(routes!(
        get::handler,
        patch::handler,
        delete::handler
    ))
}
