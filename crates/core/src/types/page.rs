use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::{Error, Result, Timestamp};

/// Where the next page begins: after this row in the list's order (time descending, then id descending).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Sort time of the last row shown.
    pub at: Timestamp,
    /// Identity of the last row shown, to break ties.
    pub id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.at.as_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::invalid("cursor", "use the next_cursor of the page before, unchanged");
        let (at, id) = text.split_once('.').ok_or_else(invalid)?;
        Ok(Self {
            at: Timestamp::from_micros(i64::from_str_radix(at, 16).map_err(|_| invalid())?),
            id: Uuid::try_parse(id).map_err(|_| invalid())?,
        })
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

    #[test]
    fn cursor_text_round_trips_and_rubbish_is_refused() {
        let cursor = Cursor { at: Timestamp::from_micros(1_795_251_067_000_123), id: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        for rubbish in ["", ".", "zz.00", "1.é", "1", "-", "6.0000000000000000000000000000000"] {
            assert!(rubbish.parse::<Cursor>().is_err(), "{rubbish}");
        }
    }
}
