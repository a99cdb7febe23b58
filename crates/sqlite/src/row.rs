//! Columns as the product's types. What does not decode is a damaged store.

use jarvis_core::{
    ErrorKind, Timestamp,
    types::{Cursor, NodeId},
};
use rusqlite::Row;
use uuid::Uuid;

use crate::error::{Attempt, Failure};

/// An id.
pub(crate) fn uuid(row: &Row<'_>, index: usize) -> Attempt<Uuid> {
    uuid_opt(row, index)?.ok_or_else(|| undecodable("an id"))
}

/// An id that may be absent.
pub(crate) fn uuid_opt(row: &Row<'_>, index: usize) -> Attempt<Option<Uuid>> {
    match row.get_ref(index)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        Some(bytes) => Uuid::from_slice(bytes).map(Some).map_err(|_| undecodable("an id")),
        None => Ok(None),
    }
}

/// A moment.
pub(crate) fn time(row: &Row<'_>, index: usize) -> Attempt<Timestamp> {
    Ok(Timestamp::from_micros(row.get(index)?))
}

/// A moment that may be absent.
pub(crate) fn time_opt(row: &Row<'_>, index: usize) -> Attempt<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_micros))
}

/// A counter.
pub(crate) fn count(row: &Row<'_>, index: usize) -> Attempt<u64> {
    Ok(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0))
}

/// One of a set of words.
pub(crate) fn word<T>(row: &Row<'_>, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> Attempt<T> {
    let word = row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?;
    parse(word).ok_or_else(|| undecodable("a word"))
}

/// The name of a node.
pub(crate) fn node(row: &Row<'_>, index: usize) -> Attempt<NodeId> {
    let name = row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?;
    name.parse().map_err(|_| undecodable("the name of a node"))
}

/// Where a descending list begins: after the cursor, or before everything.
pub(crate) fn start(after: Option<Cursor>) -> (i64, [u8; 16]) {
    after.map_or((i64::MAX, [0xff; 16]), |cursor| (cursor.at.as_micros(), cursor.id.into_bytes()))
}

fn undecodable(what: &str) -> Failure {
    ErrorKind::Corrupt.error(format!("the store holds {what} that it never wrote; run `jarvis doctor`")).into()
}

/// The value that a stored word names.
pub(crate) fn parse<T: Copy>(words: &[(T, &'static str)], word: &str) -> Option<T> {
    words.iter().find(|(_, name)| *name == word).map(|(value, _)| *value)
}

/// The word that is stored for a value. Every table of words names all values of its type.
pub(crate) fn name<T: Copy + PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words.iter().find(|(known, _)| *known == value).map_or("", |(_, name)| name)
}
