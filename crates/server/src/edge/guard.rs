//! Open mode trusts whoever reaches the loopback address, and a browser reaches it on behalf of any page. So: the `Host`
//! must be a loopback name (a page cannot forge it, which stops DNS rebinding), an `Origin` must be ours, and a body must
//! have a type that an HTML form cannot send (everything else makes the browser ask first).

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::{
    body::HttpBody,
    extract::Request,
    http::{HeaderValue, Method, header},
};
use jarvis_core::{ErrorKind, Result};

use super::visitor::Visitor;

/// Types a body may have.
const BODY_TYPES: [&str; 5] =
    ["application/json", "application/x-ndjson", "application/zip", "application/octet-stream", "multipart/form-data"];

/// `is_open` says whether whoever reaches the server is trusted. Elsewhere tokens tell who asks, which no foreign page has,
/// and the server has whatever name leads to it.
pub(super) fn admit(request: &Request, visitor: &Visitor, is_open: bool) -> Result<()> {
    if is_open {
        host(request)?;
    }
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && !(is_open && is_loopback_origin(origin))
        && !visitor.settings().cors.allows(origin)
        && !is_own(origin, visitor)
    {
        return Err(ErrorKind::Forbidden
            .error("pages of this origin may not call this server; add the origin to ALLOWED_ORIGINS")
            .with_code("foreign_origin"));
    }
    body(request)
}

fn host(request: &Request) -> Result<()> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let header = hosts.next();
    if hosts.next().is_some() {
        return Err(ErrorKind::Malformed.error("send one Host header"));
    }
    // An absolute request target names the host too; then both must be fine.
    let target = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let named = header.map(|host| host.to_str().unwrap_or_default());
    if header.is_none() && target.is_none() {
        return Err(ErrorKind::Malformed.error("send a Host header"));
    }
    if named.into_iter().chain(target).all(is_loopback_host) {
        return Ok(());
    }
    Err(ErrorKind::Forbidden
        .error("this server answers only under localhost, 127.0.0.1 or [::1]; use one of these names")
        .with_code("foreign_host"))
}

fn is_loopback_origin(origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(is_loopback_host)
}

/// Whether the page is one of this server's: served under the scheme and host that the request names.
fn is_own(origin: &HeaderValue, visitor: &Visitor) -> bool {
    let scheme = if visitor.is_https() { "https://" } else { "http://" };
    let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme));
    host.zip(visitor.host()).is_some_and(|(page, asked)| page.eq_ignore_ascii_case(asked))
}

/// `localhost`, 127.0.0.0/8 or `[::1]`, with any port.
fn is_loopback_host(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_number);
        return is_port && address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_number(port) => name,
        Some(_) => return false,
        None => host,
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

fn is_number(port: &str) -> bool {
    port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn body(request: &Request) -> Result<()> {
    let changes = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    if !changes || request.body().is_end_stream() {
        return Ok(());
    }
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(
            ErrorKind::Unsupported.error("send the body as it is, without content-encoding: it is not unpacked")
        );
    }
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if BODY_TYPES.iter().any(|allowed| media_type.eq_ignore_ascii_case(allowed)) {
        return Ok(());
    }
    Err(ErrorKind::Unsupported.error(
        "send the body as JSON with the header content-type: application/json (an import: application/x-ndjson)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_ours() {
        for ours in [
            "localhost",
            "LocalHost:8100",
            "127.0.0.1",
            "127.0.0.1:8100",
            "127.255.0.9:1",
            "[::1]",
            "[::1]:8100",
            "localhost:",
        ] {
            assert!(is_loopback_host(ours), "{ours}");
        }
        for foreign in [
            "",
            "example.org",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "10.0.0.1",
            "[::2]",
            "[::1",
            "[::1]x",
            "localhost@evil.org",
            "evil.org:80@127.0.0.1",
            "0.0.0.0",
            "127.1",
            "localhost:80:80",
            "::1",
        ] {
            assert!(!is_loopback_host(foreign), "{foreign}");
        }
    }

    #[test]
    fn only_loopback_pages_are_ours() {
        let is_ours = |origin| is_loopback_origin(&HeaderValue::from_static(origin));
        assert!(is_ours("http://localhost:3000"));
        assert!(is_ours("https://127.0.0.1"));
        for foreign in ["null", "https://example.org", "file://localhost", "http://localhost.example.org", "localhost"]
        {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
