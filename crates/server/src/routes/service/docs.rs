//! The API for people, from files inside the binary: nothing is fetched from elsewhere.

use std::sync::{Arc, LazyLock};

use axum::{
    body::Body,
    extract::RawPathParams,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use jarvis_core::{Error, ErrorKind};
use utoipa_swagger_ui::Config;

use crate::error::ApiResult;

/// Everything from this server; the page's own styles are set by its script.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);
const HOUR: HeaderValue = HeaderValue::from_static("private, max-age=3600");

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    // Swagger's own default asks a validator on the internet about every document.
    Arc::new(Config::from("../openapi.json").validator_url("none").try_it_out_enabled(true))
});

/// The page links to its files relatively, which needs the slash; so does this, whatever stands before the path.
pub(super) async fn redirect() -> Redirect {
    Redirect::permanent("docs/")
}

pub(super) async fn index() -> ApiResult {
    serve("index.html")
}

pub(super) async fn file(path: RawPathParams) -> ApiResult {
    serve(path.iter().next().map_or("index.html", |(_, file)| file))
}

fn serve(path: &str) -> ApiResult {
    let file = utoipa_swagger_ui::serve(path, Arc::clone(&CONFIG))
        .map_err(|error| Error::internal(error.to_string()))?
        .ok_or_else(|| ErrorKind::NotFound.error("there is no such page; see /docs").with_code("no_route"))?;
    let mut response = Response::new(Body::from(file.bytes.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::try_from(file.content_type).map_err(Error::internal)?);
    headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    headers.insert(header::CACHE_CONTROL, HOUR);
    if file.gzpipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response.into_response())
}
