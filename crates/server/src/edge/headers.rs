use std::net::IpAddr;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

use super::visitor::Visitor;

/// Identity of the request in every answer.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
/// Answers are data: should a browser take one for a page, it may load and run nothing. Pages bring their own policy.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// For a year a browser asks this name by TLS only.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Headers of every answer.
pub(super) fn finish(response: &mut Response, id: HeaderValue, visitor: &Visitor) {
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    headers.insert(header::REFERRER_POLICY, NO_REFERRER);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(DATA_POLICY);
    // Answers are somebody's private words.
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if visitor.is_https() && visitor.host().is_some_and(is_a_name_of_ours) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    if let Some(standing) = visitor.standing() {
        headers.extend(standing.headers());
    }
}

/// Whether a host has a name of its own: `localhost` is shared with every other program of the machine, which may not
/// speak TLS, and addresses are left out by browsers anyway.
fn is_a_name_of_ours(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_local = name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost");
    !is_local && !host.starts_with('[') && name.parse::<IpAddr>().is_err()
}
