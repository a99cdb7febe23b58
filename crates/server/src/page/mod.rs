//! The page that a person sees: `ui/` at the root of the workspace, inside the binary.
//!
//! `index.html` is answered for `/` and for every path that only the page knows ([`is_page_path`]); everything it loads
//! has one version in its address, made from the content of all files, and may be kept for ever. A debug build reads the
//! files at each request, so an edit needs a reload and no compiler.

mod assets;
mod files;
mod headers;
mod index;

use axum::{Router, http::Uri, routing::get};

pub(crate) use index::index;

use crate::state::App;

/// Where the files are, for the edge's meters.
pub(crate) const ASSETS: &str = "/assets/{version}/{*file}";

pub(crate) fn routes() -> Router<App> {
    Router::new().route(ASSETS, get(assets::handler))
}

/// Roots under which programs ask; a typing error there must not look like a page.
const PROGRAM_ROOTS: [&str; 12] =
    ["api", "assets", "chat", "docs", "health", "mcp", "metrics", "openapi.json", "ready", "v1", "voice", "ws"];

/// Whether a path that no route has may be one of the page's own.
pub(crate) fn is_page_path(uri: &Uri) -> bool {
    let first = uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    !PROGRAM_ROOTS.contains(&first)
}
