mod export;
mod import;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Routes whose bodies may take long to come: they are cut when nothing comes, and not by the clock.
pub(crate) const UPLOADS: [&str; 1] = ["/api/import"];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import::handler)).routes(routes!(export::handler))
}
