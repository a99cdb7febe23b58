use std::{borrow::Cow, fmt::Debug};

use crate::{
    ErrorKind, Result,
    ports::{SealedAs, transfer::Cell},
    types::KeyId,
};

/// Seals and opens what people wrote. Stores call it for every column of [`SEALED_TABLES`](crate::ports::SEALED_TABLES); identity
/// until encryption is turned on.
///
/// Contract: `open(seal(text, column), column) == text`; opening under another `column` fails; all is pure CPU work.
pub trait Sealer: Send + Sync + Debug {
    /// The bytes to store for `text`. `column` is `table.column` and binds the value to its place.
    fn seal<'a>(&self, text: &'a str, column: &'static str) -> Result<Cow<'a, [u8]>>;

    /// The text behind stored bytes. `Corrupt` when they were not made by [`Sealer::seal`].
    fn open(&self, stored: Vec<u8>, column: &'static str) -> Result<String>;

    /// The text to store for a label: short, looked up and counted by its equality, so equal labels of a column are sealed equally.
    fn seal_label<'a>(&self, label: &'a str, _column: &'static str) -> Result<Cow<'a, str>> {
        Ok(Cow::Borrowed(label))
    }

    /// The label behind a stored text. `Corrupt` when it was not made by [`Sealer::seal_label`].
    fn open_label(&self, stored: String, _column: &'static str) -> Result<String> {
        Ok(stored)
    }

    /// Turns the hash of something that people wrote into what is stored for it: equal hashes become equal, and nobody without the
    /// key can tell what was hashed by trying. `hash` has a multiple of 16 bytes.
    fn blind(&self, _hash: &mut [u8]) -> Result<()> {
        Ok(())
    }

    /// What the sealed values of a row are to be replaced by, in their order; none when all are as they should be. The first value is
    /// never absent and tells of the whole row whether it is sealed.
    fn renew(&self, _row: &[SealedCell<'_>]) -> Result<Option<Vec<Cell>>> {
        Ok(None)
    }

    /// The keys that it has, the one it seals under first; none when it does not seal.
    fn keys(&self) -> Vec<KeyId> {
        Vec::new()
    }
}

/// A sealed value as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct SealedCell<'a> {
    /// How it is sealed.
    pub sealed_as: SealedAs,
    /// Where it is: `table.column`.
    pub column: &'static str,
    /// The value.
    pub cell: &'a Cell,
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
