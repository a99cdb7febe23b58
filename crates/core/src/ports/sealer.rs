use std::{borrow::Cow, fmt::Debug};

use crate::{ErrorKind, Result};

/// Seals and opens content columns. Stores call it for every column that holds what people wrote (messages, memories,
/// titles, summaries, goals); identity until encryption is turned on.
///
/// Contract: `open(seal(text, column), column) == text`; opening under another `column` fails; both are pure CPU work.
pub trait Sealer: Send + Sync + Debug {
    /// The bytes to store for `text`. `column` is `table.column` and binds the value to its place.
    fn seal<'a>(&self, text: &'a str, column: &'static str) -> Result<Cow<'a, [u8]>>;

    /// The text behind stored bytes. `Corrupt` when they were not made by [`Sealer::seal`].
    fn open(&self, stored: Vec<u8>, column: &'static str) -> Result<String>;
}

/// Stores text as it is: encryption at rest is off.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainSealer;

impl Sealer for PlainSealer {
    fn seal<'a>(&self, text: &'a str, _column: &'static str) -> Result<Cow<'a, [u8]>> {
        Ok(Cow::Borrowed(text.as_bytes()))
    }

    fn open(&self, stored: Vec<u8>, column: &'static str) -> Result<String> {
        String::from_utf8(stored).map_err(|error| {
            ErrorKind::Corrupt
                .error(format!("{column} holds bytes that are not text; run `jarvis doctor`"))
                .with_source(error)
        })
    }
}
