use axum::http::Method;
use jarvis_core::policy::request_limits::RouteClass;

use crate::routes::{chat::ANSWERING, me::ERASING, transfer::UPLOADS};

const EXPORT: &str = "/api/export";
const SEARCHES: [&str; 2] = ["/api/search", "/api/memory/search"];

/// With which others a request is counted.
pub(super) fn class_of(method: &Method, template: &str) -> RouteClass {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if template.starts_with("/api/admin/") {
        return RouteClass::Admin;
    }
    if template.starts_with("/api/auth/") && !reads {
        return RouteClass::Auth;
    }
    if SEARCHES.contains(&template) {
        return RouteClass::Search;
    }
    if UPLOADS.contains(&template) || template == ERASING || template == EXPORT {
        return RouteClass::Transfer;
    }
    match reads {
        true => RouteClass::Read,
        false if ANSWERING.contains(&template) => RouteClass::Chat,
        false => RouteClass::Write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_the_same_is_counted_together() {
        for (method, template, class) in [
            (Method::GET, "/api/chat/conversations", RouteClass::Read),
            (Method::GET, "/ws", RouteClass::Read),
            (Method::GET, "unmatched", RouteClass::Read),
            (Method::POST, "/api/chat", RouteClass::Chat),
            (Method::POST, "/api/chat/regenerate/{message_id}", RouteClass::Chat),
            (Method::POST, "/api/chat/stop/{message_id}", RouteClass::Write),
            (Method::DELETE, "/api/memory/{id}", RouteClass::Write),
            (Method::GET, "/api/search", RouteClass::Search),
            (Method::POST, "/api/memory/search", RouteClass::Search),
            (Method::POST, "/api/import", RouteClass::Transfer),
            (Method::GET, "/api/export", RouteClass::Transfer),
            (Method::DELETE, "/api/me/data", RouteClass::Transfer),
            (Method::GET, "/api/admin/reindex", RouteClass::Admin),
            (Method::POST, "/api/auth/login", RouteClass::Auth),
            (Method::GET, "/api/auth/whoami", RouteClass::Read),
        ] {
            assert_eq!(class_of(&method, template), class, "{method} {template}");
        }
    }
}
