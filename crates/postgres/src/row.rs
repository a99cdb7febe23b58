//! Columns as the product's types. What does not decode is a damaged store.

use chrono::{DateTime, Utc};
use jarvis_core::{
    ErrorKind, Timestamp,
    types::{Cursor, NodeId},
};
use sqlx::{Decode, Postgres, error::BoxDynError, postgres::PgValueRef};
use uuid::Uuid;

use crate::error::{Attempt, Failure};

/// A moment.
pub(crate) fn time(column: DateTime<Utc>) -> Timestamp {
    Timestamp::from_micros(column.timestamp_micros())
}

/// A moment that may be absent.
pub(crate) fn time_opt(column: Option<DateTime<Utc>>) -> Option<Timestamp> {
    column.map(time)
}

/// A counter; an absent one counts nothing.
pub(crate) fn count(column: impl Into<Option<i64>>) -> u64 {
    column.into().map_or(0, |number| u64::try_from(number).unwrap_or(0))
}

/// What a word in a column stands for.
pub(crate) trait FromWord: Sized {
    /// None when nothing is called that.
    fn from_word(word: &str) -> Option<Self>;
}

/// A column that holds a word, read where the row lies: copies of such words were a quarter of what a list allocates.
#[derive(Debug)]
pub(crate) struct Word<T>(pub(crate) T);

impl<'r, T: FromWord> Decode<'r, Postgres> for Word<T> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let known = T::from_word(<&str as Decode<Postgres>>::decode(value)?);
        known.map(Self).ok_or_else(|| "a word that was never written there".into())
    }
}

/// One of a set of words.
pub(crate) fn word<T>(column: &str, parse: impl FnOnce(&str) -> Option<T>) -> Attempt<T> {
    parse(column).ok_or_else(|| undecodable("a word"))
}

/// The name of a node.
pub(crate) fn node(column: &str) -> Attempt<NodeId> {
    column.parse().map_err(|_| undecodable("the name of a node"))
}

/// Where a descending list begins: after the cursor, or before everything.
pub(crate) fn start(after: Option<Cursor>) -> (DateTime<Utc>, Uuid) {
    after.map_or((Timestamp::from_micros(i64::MAX).to_utc(), Uuid::max()), |cursor| (cursor.at.to_utc(), cursor.id))
}

/// What is stored is none of what is ever written there.
pub(crate) fn undecodable(what: &str) -> Failure {
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
