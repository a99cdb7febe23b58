//! What `fuzz/` drives: the headers that the edge reads.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method},
};
use jarvis_core::{
    observe::TraceContext,
    policy::networks::{ForwardedBy, TrustedProxies},
};

use super::{Policy, Settings, allowances::Allowances, bounds, guard, request_id::RequestIds, visitor::Visitor};

thread_local! {
    static EDGES: [Arc<Allowances>; 2] = [ForwardedBy::XForwardedFor, ForwardedBy::Forwarded].map(edge);
}

/// Behind proxies that are believed.
fn edge(forwarded_by: ForwardedBy) -> Arc<Allowances> {
    let trusted = "127.0.0.1 10.0.0.0/8 ::1".split(' ').filter_map(|it| it.parse().ok()).collect();
    let (trusted_proxies, allowed_origins) = (TrustedProxies::new(trusted), vec!["https://app.example".to_owned()]);
    let policy = Policy { trusted_proxies, allowed_origins, forwarded_by, ..Policy::default() };
    Arc::new(Allowances::new(Settings::new(policy), None))
}

/// The headers of a request with a body.
pub(crate) fn head(headers: &HeaderMap) {
    assert!(RequestIds::new().of(headers).as_str().is_ascii());
    let mut request = Request::new(Body::from("{}"));
    *request.method_mut() = Method::POST;
    request.headers_mut().clone_from(headers);
    bounds::refusal(&request);
    EDGES.with(|edges| {
        for edge in edges {
            let visitor = Visitor::of(&request, None, edge);
            let _ = (guard::admit(&request, &visitor, true), guard::admit(&request, &visitor, false));
        }
    });
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(trace) = text("traceparent").and_then(|parent| TraceContext::parse(parent, text("tracestate"))) {
        assert_eq!(trace.trace_id().len(), 32);
    }
}
