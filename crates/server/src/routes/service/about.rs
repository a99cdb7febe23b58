use axum::response::{Html, IntoResponse};

use crate::{error::ApiResult, extract::Accept, respond, wire::About};

const ABOUT: About = About {
    name: "jarvis",
    version: env!("CARGO_PKG_VERSION"),
    docs: "/docs",
    openapi: "/openapi.json",
    health: "/health",
};

const PAGE: &str = concat!(
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Jarvis</title>",
    "<h1>Jarvis ",
    env!("CARGO_PKG_VERSION"),
    "</h1>",
    "<p>This is a server for programs. <a href=\"docs/\">Read and try its API</a>, ",
    "<a href=\"openapi.json\">take its description</a>, or <a href=\"health\">see how it is doing</a>.</p></html>",
);

/// What this server is
///
/// In HTML for whoever accepts it, else in JSON.
#[utoipa::path(
    get, path = "/", tag = "service", operation_id = "about",
    responses((status = 200, description = "Where to go on", content((About = "application/json"), (String = "text/html")))),
)]
pub(crate) async fn handler(accept: Accept) -> ApiResult {
    if accept.html {
        return Ok(Html(PAGE).into_response());
    }
    Ok(respond::ok(&ABOUT, 256))
}
