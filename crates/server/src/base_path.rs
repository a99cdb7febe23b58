//! A path of one's own, such as `/jarvis`, behind a proxy that leaves it in place.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    http::{Uri, uri::PathAndQuery},
    response::{IntoResponse, Redirect, Response},
};
use futures_util::future::{BoxFuture, FutureExt};
use tower::Service;

/// The routes under `base`, and, for whoever asks without it (a proxy that takes it away, a probe, the command line), as
/// they are.
pub(crate) fn under(base: &str, routes: Router) -> Router {
    if base.is_empty() {
        return routes;
    }
    Router::new().fallback_service(Under { base: base.into(), routes })
}

#[derive(Clone)]
struct Under {
    base: Arc<str>,
    routes: Router,
}

impl Service<Request> for Under {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        match below(&self.base, request.uri()) {
            Below::Itself => {
                let root = Redirect::permanent(&format!("{}/", self.base)).into_response();
                return std::future::ready(Ok(root)).boxed();
            }
            Below::At(uri) => *request.uri_mut() = uri,
            Below::Elsewhere => {}
        }
        self.routes.call(request).boxed()
    }
}

/// Where an address is, seen from the base.
enum Below {
    /// The base without the slash that relative addresses of the page need.
    Itself,
    /// The address without the base.
    At(Uri),
    /// Not below.
    Elsewhere,
}

fn below(base: &str, uri: &Uri) -> Below {
    let Some(rest) = uri.path().strip_prefix(base) else { return Below::Elsewhere };
    if rest.is_empty() {
        return Below::Itself;
    }
    if !rest.starts_with('/') {
        return Below::Elsewhere;
    }
    let target = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{rest}?{query}")),
        None => PathAndQuery::try_from(rest),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = target.ok();
    Uri::from_parts(parts).map_or(Below::Elsewhere, Below::At)
}

/// What `fuzz/` drives: an address behind a base.
#[cfg(fuzzing)]
pub(crate) fn fuzz(text: &str) {
    if let Ok(uri) = text.parse::<Uri>()
        && let Below::At(below) = below("/jarvis", &uri)
    {
        assert_eq!(uri.path(), format!("/jarvis{}", below.path()));
        assert_eq!(uri.query(), below.query());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_taken_away_where_it_stands_as_a_whole() {
        let seen = |uri: &str| match below("/jarvis", &uri.parse().unwrap()) {
            Below::Itself => "itself".to_owned(),
            Below::At(uri) => uri.to_string(),
            Below::Elsewhere => "elsewhere".to_owned(),
        };
        for (uri, expected) in [
            ("/jarvis", "itself"),
            ("/jarvis?a=b", "itself"),
            ("/jarvis/", "/"),
            ("/jarvis/api/search?q=a%20b", "/api/search?q=a%20b"),
            ("/jarvis//", "//"),
            ("/jarvish/api", "elsewhere"),
            ("/api/jarvis", "elsewhere"),
            ("http://localhost/jarvis/ready", "http://localhost/ready"),
        ] {
            assert_eq!(seen(uri), expected, "{uri}");
        }
    }
}
