use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};

/// The origins whose pages may read answers. Everybody else's pages may not: there are no wildcards.
pub(super) struct Cors {
    allowed: Vec<HeaderValue>,
}

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, DELETE");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("accept, authorization, content-type, idempotency-key, last-event-id, x-request-id");
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "idempotency-replayed, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id",
);
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const VARY: HeaderValue = HeaderValue::from_static("origin");

impl Cors {
    pub(super) fn new(origins: &[String]) -> Self {
        let value = |origin: &String| {
            let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
            HeaderValue::try_from(origin).ok()
        };
        Self { allowed: origins.iter().filter_map(value).collect() }
    }

    pub(super) fn allows(&self, origin: &HeaderValue) -> bool {
        self.allowed.contains(origin)
    }

    /// The origin of a request that may read the answer from another page.
    pub(super) fn wanted_by(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers.get(header::ORIGIN).filter(|origin| self.allows(origin)).cloned()
    }

    /// The answer to a browser that asks before it sends.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let headers = request.headers();
        let asks = request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || self.wanted_by(headers).is_none() {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(response)
    }

    /// Lets the page of `origin` read the answer.
    pub(super) fn allow(&self, response: &mut Response, origin: Option<&HeaderValue>) {
        if self.allowed.is_empty() {
            return;
        }
        let headers = response.headers_mut();
        // Also without an origin: a cache must not hand one page's answer to another.
        headers.append(header::VARY, VARY);
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
    }
}
