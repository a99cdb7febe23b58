mod erase;
mod patch;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Takes as long as there is something to erase.
pub(crate) const ERASING: &str = "/api/me/data";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(erase::handler)).routes(routes!(patch::handler))
}
