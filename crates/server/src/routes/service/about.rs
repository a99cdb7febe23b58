use axum::{
    extract::State,
    http::{HeaderMap, Uri},
};

use crate::{error::ApiResult, extract::Accept, page, respond, state::App, wire::About};

/// What this server is
///
/// The page for whoever accepts HTML, else JSON.
#[utoipa::path(
    get, path = "/", tag = "service", operation_id = "about",
    responses((status = 200, description = "Where to go on", content((About = "application/json"), (String = "text/html")))),
)]
pub(crate) async fn handler(State(app): State<App>, accept: Accept, uri: Uri, headers: HeaderMap) -> ApiResult {
    if accept.html {
        return Ok(page::index(&uri, &headers, app.engine.accounts.are_required())?);
    }
    let at = |path| format!("{}{path}", app.base_path);
    let about = About {
        name: "jarvis",
        version: env!("CARGO_PKG_VERSION"),
        docs: at("/docs"),
        openapi: at("/openapi.json"),
        health: at("/health"),
    };
    Ok(respond::ok(&about, 256))
}
