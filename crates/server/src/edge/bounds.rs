//! How long the head of a request may be. The accept loop reads no more than twice as much; whoever is between hears why.

use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jarvis_core::ErrorKind;

use crate::error::ApiError;

/// Bytes of a path with its query.
const MAX_TARGET: usize = 16 * 1024;
/// Bytes of all headers.
const MAX_HEADERS: usize = 32 * 1024;

/// The refusal of a head that is too long.
pub(super) fn refusal(request: &Request) -> Option<Response> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > MAX_TARGET {
        let message = format!("a path with its query may have at most {MAX_TARGET} bytes; send long texts in a body");
        return Some(too_long("uri_too_long", message, StatusCode::URI_TOO_LONG));
    }
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > MAX_HEADERS {
        let message = format!("the headers of a request may have at most {MAX_HEADERS} bytes; send fewer");
        return Some(too_long("headers_too_large", message, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    None
}

fn too_long(code: &'static str, message: String, status: StatusCode) -> Response {
    let mut response = ApiError(ErrorKind::TooLarge.error(message).with_code(code)).into_response();
    *response.status_mut() = status;
    response
}
