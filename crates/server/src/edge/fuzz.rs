//! What `fuzz/` drives: the headers that the edge reads.

use std::net::{IpAddr, Ipv4Addr};

use axum::{body::Body, extract::Request};
use jarvis_core::policy::networks::{ForwardedBy, TrustedProxies};

use super::{bounds, forwarded::origin, request_id::RequestIds};

/// The head of a request, `name: value` on each line.
pub fn head(lines: &[u8]) {
    let headers = crate::fuzz::headers(lines);
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let trusted = TrustedProxies::new("127.0.0.1 10.0.0.0/8 ::1".split(' ').filter_map(|it| it.parse().ok()).collect());
    for by in [ForwardedBy::XForwardedFor, ForwardedBy::Forwarded] {
        origin(peer, &headers, &trusted, by);
    }
    assert!(RequestIds::new().of(&headers).as_str().is_ascii());
    let mut request = Request::new(Body::empty());
    *request.headers_mut() = headers;
    bounds::refusal(&request);
}
