//! What `fuzz/` drives: queries and forms.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jarvis_core::Timestamp;
use serde::Deserialize;

use super::{Paging, Query, UserQuery, form, parsed};

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
pub fn query(text: &str) {
    let _ = Query::<Paging>::parse(text).map(|Query(paging)| paging.limit());
    let _ = Query::<UserQuery>::parse(text);
    let _ = Query::<Anything>::parse(text);
    crate::fuzz::query_names(text);
}

/// A form that arrives in pieces; its first line is the content type.
pub fn form(bytes: &[u8]) {
    let (head, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let pieces: Vec<_> = body.chunks(head.len().max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let Ok(mut file) = form::file(&String::from_utf8_lossy(head), stream::iter(pieces).boxed()) else { return };
    let read = async { while file.next().await.is_some_and(|piece| piece.is_ok()) {} };
    futures_util::FutureExt::now_or_never(read);
}
