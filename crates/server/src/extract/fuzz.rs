//! What `fuzz/` drives: headers, queries and forms.

use axum::{
    extract::{FromRequestParts, Request},
    http::HeaderMap,
};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use jarvis_core::Timestamp;
use serde::Deserialize;

use super::{Accept, Client, LastEventId, LoginCookie, Paging, Query, UserQuery, form, parsed};

/// A field of each kind that a query has.
#[derive(Deserialize)]
struct Anything {
    #[serde(default, deserialize_with = "parsed")]
    _since: Option<Timestamp>,
    #[serde(default, deserialize_with = "parsed")]
    _id: Option<jarvis_core::id::MessageId>,
    _explain: Option<bool>,
    _days: Option<u32>,
    _offset: Option<i64>,
}

/// A query.
pub(crate) fn query(text: &str) {
    let _ = Query::<Paging>::parse(text).map(|Query(paging)| paging.limit());
    let _ = Query::<UserQuery>::parse(text);
    let _ = Query::<Anything>::parse(text);
}

/// The headers that handlers read.
pub(crate) fn head(headers: &HeaderMap) {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.headers.clone_from(headers);
    let _ = Accept::from_request_parts(&mut parts, &()).now_or_never();
    let _ = Client::from_request_parts(&mut parts, &()).now_or_never();
    let _ = LastEventId::from_request_parts(&mut parts, &()).now_or_never();
    let _ = LoginCookie::from_request_parts(&mut parts, &()).now_or_never();
}

/// A form that arrives in pieces; its first line is the content type.
pub fn form(bytes: &[u8]) {
    let (head, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let pieces: Vec<_> = body.chunks(head.len().max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let Ok(mut file) = form::file(&String::from_utf8_lossy(head), stream::iter(pieces).boxed()) else { return };
    let read = async { while file.next().await.is_some_and(|piece| piece.is_ok()) {} };
    read.now_or_never();
}
