use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
};
use jarvis_core::ErrorKind;
use jarvis_engine::Engine;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    Readiness, ServerOptions, access, base_path,
    edge::{Allowances, EdgeLayer},
    error::{ApiError, ApiResult},
    extract::Accept,
    openapi::Document,
    page, routes,
    state::App,
};

/// The whole API over `engine`.
pub fn router(engine: Arc<Engine>, options: ServerOptions, readiness: Readiness) -> Router {
    let (routes, document) = documented().split_for_parts();
    let routes = routes.merge(routes::service::pages()).merge(page::routes());
    let query_names = access::QueryNames::of(&document);
    let undocumented = routes::service::PAGES.into_iter().chain([page::ASSETS]);
    let templates = document.paths.paths.into_keys().chain(undocumented.map(str::to_owned));
    let allowances = Arc::new(Allowances::new(options.settings.clone(), options.limiter.clone()));
    let edge = EdgeLayer::new(&options, Arc::clone(&allowances), templates, !engine.accounts.are_required());
    let base = options.base_path.clone();
    let app = App::new(engine, options, readiness, allowances, query_names);
    let routes = routes
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app.clone())
        .layer(middleware::from_fn_with_state(app, access::admit))
        .layer(edge);
    base_path::under(&base, routes)
}

/// Every route that the OpenAPI document describes.
pub(crate) fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(routes::chat::routes())
        .merge(routes::conversations::routes())
        .merge(routes::live::routes())
        .merge(routes::sessions::routes())
        .merge(routes::memory::routes())
        .merge(routes::search::routes())
        .merge(routes::transfer::routes())
        .merge(routes::me::routes())
        .merge(routes::service::routes())
        .merge(routes::auth::routes())
        .merge(routes::admin::routes())
}

/// What no route has may be a path of the page: its addresses can be opened and reloaded.
async fn unknown(State(app): State<App>, method: Method, uri: Uri, accept: Accept, headers: HeaderMap) -> ApiResult {
    if accept.html && matches!(method, Method::GET | Method::HEAD) && page::is_page_path(&uri) {
        return Ok(page::index(&uri, &headers, app.engine.accounts.are_required())?);
    }
    Err(ErrorKind::NotFound.error("there is no such route; see /docs").with_code("no_route").into())
}

/// The router adds the `Allow` header.
async fn wrong_method() -> Response {
    let error = ErrorKind::Unsupported
        .error("this route does not take this method; the header allow lists those it takes")
        .with_code("method_not_allowed");
    let mut response = ApiError(error).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
