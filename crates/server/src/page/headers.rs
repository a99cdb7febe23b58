use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::files::File;

/// Everything from this server, nothing written into the page itself, and markup made from text by the one sanitiser only.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
     media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'none'; require-trusted-types-for 'script'; trusted-types dompurify",
);
const PERMISSIONS: (HeaderName, HeaderValue) = (
    HeaderName::from_static("permissions-policy"),
    HeaderValue::from_static("camera=(), geolocation=(), payment=(), usb=(), microphone=(self)"),
);
const OPENER: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
const RESOURCE: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));

/// A file, packed when the browser unpacks; `not modified` when it has the one with this tag.
pub(super) fn respond(request: &HeaderMap, file: File, tag: &str, cache: HeaderValue) -> Response {
    let etag = HeaderValue::try_from(format!("W/\"{tag}\""));
    let known = etag.as_ref().is_ok_and(|etag| request.get(header::IF_NONE_MATCH).is_some_and(|seen| seen == etag));
    let packed = file.packed.filter(|_| unpacks(request));
    let is_packed = packed.is_some();
    let body = if known { Body::empty() } else { Body::from(packed.unwrap_or(file.plain)) };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.extend([PERMISSIONS, OPENER, RESOURCE]);
    if let Ok(etag) = etag {
        headers.insert(header::ETAG, etag);
    }
    if is_packed && !known {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether gzip is among what the browser takes, and not with a weight of nothing.
fn unpacks(request: &HeaderMap) -> bool {
    let values = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        is_gzip && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_takes_gzip_gets_it() {
        let unpacks = |value: &'static str| {
            unpacks(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        for taking in ["gzip", "deflate, gzip;q=1.0", "br, GZIP ; q=0.5"] {
            assert!(unpacks(taking), "{taking}");
        }
        for refusing in ["", "br", "identity", "gzip;q=0", "gzip; q=0.000, br", "xgzip"] {
            assert!(!unpacks(refusing), "{refusing}");
        }
    }
}
