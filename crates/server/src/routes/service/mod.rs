mod about;
mod activity;
mod docs;
pub(crate) mod health;
mod live;
mod metrics;
mod openapi;
mod ready;
mod stats;

use axum::{Router, routing::get};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::App;

/// The pages: for people, so not in the OpenAPI document.
pub(crate) const PAGES: [&str; 3] = ["/docs", "/docs/", "/docs/{*file}"];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(about::handler))
        .routes(routes!(openapi::handler))
        .routes(routes!(stats::handler))
        .routes(routes!(activity::handler))
        .routes(routes!(health::handler))
        .routes(routes!(live::handler))
        .routes(routes!(ready::handler))
        .routes(routes!(metrics::handler))
}

pub(crate) fn pages() -> Router<App> {
    let [bare, index, file] = PAGES;
    Router::new().route(bare, get(docs::redirect)).route(index, get(docs::index)).route(file, get(docs::file))
}
