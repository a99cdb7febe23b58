use axum::http::{HeaderMap, Uri};

use crate::{error::ApiResult, extract::Accept, page, respond, wire::About};

const ABOUT: About = About {
    name: "jarvis",
    version: env!("CARGO_PKG_VERSION"),
    docs: "/docs",
    openapi: "/openapi.json",
    health: "/health",
};

/// What this server is
///
/// The page for whoever accepts HTML, else JSON.
#[utoipa::path(
    get, path = "/", tag = "service", operation_id = "about",
    responses((status = 200, description = "Where to go on", content((About = "application/json"), (String = "text/html")))),
)]
pub(crate) async fn handler(accept: Accept, uri: Uri, headers: HeaderMap) -> ApiResult {
    if accept.html {
        return Ok(page::index(&uri, &headers)?);
    }
    Ok(respond::ok(&ABOUT, 256))
}
