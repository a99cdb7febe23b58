mod websocket;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(websocket::handler))
}
