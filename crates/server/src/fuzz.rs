//! What `fuzz/` drives: all that reads a request.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::{
    access::{self, QueryNames},
    base_path, edge,
    extract::{self, decode, event_bytes, offset},
    router::documented,
    wire,
};

pub use crate::{extract::fuzz::form, ws::fuzz::socket};

/// A JSON body, read as each kind there is.
pub fn body(bytes: &[u8]) {
    let _ = decode::<wire::ChatBody>(bytes).map(|body| body.into_request(None, false));
    let _ = decode::<wire::RegenerateBody>(bytes);
    let _ = decode::<wire::ConversationPatch>(bytes);
    let _ = decode::<wire::MemoryBody>(bytes);
    let _ = decode::<wire::MemoryPatch>(bytes);
    let _ = decode::<wire::MemorySearchBody>(bytes);
    let _ = decode::<wire::SessionBody>(bytes);
    let _ = decode::<wire::SessionPatch>(bytes);
    let _ = decode::<wire::EraseBody>(bytes).map(|body| body.check());
    let _ = decode::<wire::AccountBody>(bytes);
    let _ = decode::<wire::AccountPatch>(bytes);
    let _ = decode::<wire::InviteBody>(bytes).map(|body| body.role().map(|_| body.lifetime()));
    let _ = decode::<wire::KeyBody>(bytes).map(wire::KeyBody::into_request);
    let _ = decode::<wire::LoginBody>(bytes);
    let _ = decode::<wire::LogoutBody>(bytes);
    let _ = decode::<wire::MePatch>(bytes);
    let _ = decode::<wire::PasswordBody>(bytes);
    let _ = decode::<wire::RefreshBody>(bytes);
    let _ = decode::<wire::RegisterBody>(bytes);
    let _ = decode::<wire::ResetBody>(bytes);
}

/// The head of a request, `name: value` on each line.
pub fn head(lines: &[u8]) {
    let headers = headers(lines);
    edge::fuzz::head(&headers);
    extract::fuzz::head(&headers);
    access::fuzz(&headers);
}

/// What is asked for: a path and a query.
pub fn query(text: &str) {
    extract::fuzz::query(text);
    query_names(text);
    base_path::fuzz(text);
}

/// Ids, cursors and positions.
pub fn position(text: &str) {
    let _ = (event_bytes(text), offset(Some(text)));
}

/// Headers of these lines, `name: value` each.
fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) =
            (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(line[colon + 1..].trim_ascii()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// Names in the query of some route.
fn query_names(text: &str) {
    thread_local! {
        static NAMES: QueryNames = QueryNames::of(&documented().into_openapi());
    }
    NAMES.with(|names| {
        let _ = names.check("/api/search", &Method::GET, text);
    });
}
