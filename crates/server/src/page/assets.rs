use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue},
};
use jarvis_core::ErrorKind;

use super::{files, headers};
use crate::error::ApiResult;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// A file that the page loads. A page opened before an update asks with the older version and gets the file of now; then
/// nothing is kept under the old name.
pub(super) async fn handler(Path((version, path)): Path<(String, String)>, request: HeaderMap) -> ApiResult {
    let file = files::file(&path)
        .ok_or_else(|| ErrorKind::NotFound.error("the page has no such file; load it again").with_code("no_route"))?;
    let current = files::version();
    let cache = if version == current { FOR_EVER } else { ASK_AGAIN };
    Ok(headers::respond(&request, file, &current, cache))
}
