use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::{Error, Result, Timestamp};

/// Where the next page begins: after this row in the list's order (time descending, then id descending).
///
/// Its text is the time in hexadecimal microseconds, a point, and the id. There is one text for each cursor: any other is
/// refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Sort time of the last row shown.
    pub at: Timestamp,
    /// Identity of the last row shown, to break ties.
    pub id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.at.as_micros();
        // hexadecimal numbers are written without a sign otherwise, and a moment before 1970 would not be read again
        let sign = if micros < 0 { "-" } else { "" };
        write!(f, "{sign}{:x}.{}", micros.unsigned_abs(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::invalid("cursor", "use the next_cursor of the page before, unchanged");
        let (at, id) = text.split_once('.').ok_or_else(invalid)?;
        let cursor = Self {
            at: Timestamp::from_micros(i64::from_str_radix(at, 16).map_err(|_| invalid())?),
            id: Uuid::try_parse(id).map_err(|_| invalid())?,
        };
        if cursor.to_string() == text { Ok(cursor) } else { Err(invalid()) }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<Cursor>,
    /// Rows in the whole list.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_that_nobody_was_given_is_refused() {
        let rubbish = ["", ".", "zz.00", "1.é", "1", "-", "6.0000000000000000000000000000000"];
        // what could be read, and is written in another way or not at all
        let other_forms = [
            "+2.33333233333333333333333333333333",
            "-0.33333233333333333333333333333333",
            "02.33333233333333333333333333333333",
            "A.33333233333333333333333333333333",
            "2.ABCDEF33333333333333333333333333",
            "2.33333233-3333-3333-3333-333333333333",
            "2.{33333233-3333-3333-3333-333333333333}",
            "7fffffffffffffff.33333233333333333333333333333333",
        ];
        for text in rubbish.into_iter().chain(other_forms) {
            let error = text.parse::<Cursor>().unwrap_err();
            assert_eq!(error.to_string(), "use the next_cursor of the page before, unchanged", "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_is_written(micros: i64, id: u128) {
            let cursor = Cursor { at: Timestamp::from_micros(micros), id: Uuid::from_u128(id) };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }

        #[test]
        fn what_is_read_is_written_alike(text in "[+-]?[0-9a-fA-F]{1,16}\\.[0-9a-f]{32}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }
}
