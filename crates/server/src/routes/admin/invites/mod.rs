mod list;
mod make;
mod remove;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::handler, make::handler)).routes(routes!(remove::handler))
}
