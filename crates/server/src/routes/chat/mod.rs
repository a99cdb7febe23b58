mod events;
mod message;
mod models;
mod regenerate;
mod running;
mod send;
mod stop;
mod stream;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// Routes that wait for a model; it has deadlines of its own, which `[llm]` sets.
pub(crate) const ANSWERING: [&str; 2] = ["/api/chat", "/api/chat/regenerate/{message_id}"];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(send::handler))
        .routes(routes!(regenerate::handler))
        .routes(routes!(stream::handler))
        .routes(routes!(running::handler))
        .routes(routes!(stop::handler))
        .routes(routes!(models::handler))
        .routes(routes!(message::handler))
}
