use std::cmp::Ordering;

use uuid::Uuid;

/// What the values of a column are, however a store keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// An id.
    Id,
    /// Microseconds since 1970, UTC.
    Time,
    /// Bytes as they are: sealed texts, hashes, vectors.
    Bytes,
    /// Text, compared byte by byte, without U+0000.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// True or false.
    Flag,
}

/// A value of a row. Its order is the one in which stores read rows: ids, texts and bytes byte by byte.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Absent.
    Null,
    /// Of [`CellKind::Id`].
    Id(Uuid),
    /// Of [`CellKind::Time`].
    Time(i64),
    /// Of [`CellKind::Bytes`].
    Bytes(Vec<u8>),
    /// Of [`CellKind::Text`].
    Text(String),
    /// Of [`CellKind::Integer`].
    Integer(i64),
    /// Of [`CellKind::Real`].
    Real(f64),
    /// Of [`CellKind::Flag`].
    Flag(bool),
}

/// The values of a row, in the order of its table's columns.
pub type Row = Vec<Cell>;

impl Cell {
    /// Bytes that the value takes, about.
    pub fn size(&self) -> usize {
        let beside = match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
            _ => 0,
        };
        size_of::<Self>() + beside
    }

    /// Appends the value in the one form that is the same for every store, so that equal rows have equal hashes: a letter for
    /// the kind, then eight bytes of number or length, big endian, then what has that length.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let mut number = |letter: u8, bytes: [u8; 8]| {
            into.push(letter);
            into.extend_from_slice(&bytes);
        };
        let length = |bytes: &[u8]| (bytes.len() as u64).to_be_bytes();
        match self {
            Self::Null => into.push(b'-'),
            Self::Id(id) => {
                into.push(b'u');
                into.extend_from_slice(id.as_bytes());
            }
            Self::Time(micros) => number(b't', micros.to_be_bytes()),
            Self::Integer(value) => number(b'i', value.to_be_bytes()),
            Self::Flag(value) => number(b'f', i64::from(*value).to_be_bytes()),
            // SQLite keeps no negative zero
            Self::Real(value) => number(b'r', (value + 0.0).to_bits().to_be_bytes()),
            Self::Bytes(bytes) => {
                number(b'b', length(bytes));
                into.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                number(b's', length(text.as_bytes()));
                into.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// The order of values of one column that has no absent ones; equal when they are of different kinds.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Id(one), Self::Id(two)) => one.cmp(two),
            (Self::Bytes(one), Self::Bytes(two)) => one.cmp(two),
            (Self::Text(one), Self::Text(two)) => one.as_bytes().cmp(two.as_bytes()),
            (Self::Time(one), Self::Time(two)) | (Self::Integer(one), Self::Integer(two)) => one.cmp(two),
            _ => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(cells: &[Cell]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for cell in cells {
            cell.encode(&mut bytes);
        }
        bytes
    }

    #[test]
    fn rows_that_differ_are_encoded_differently() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![Cell::Bytes(b"ab".to_vec()), text("c")],
            vec![Cell::Null, text("abc")],
            vec![Cell::Integer(1)],
            vec![Cell::Time(1)],
            vec![Cell::Flag(true)],
            vec![Cell::Real(1.0)],
        ];
        for (index, row) in rows.iter().enumerate() {
            for other in &rows[index + 1..] {
                assert_ne!(encoded(row), encoded(other), "{row:?} {other:?}");
            }
        }
        assert_eq!(encoded(&[Cell::Real(-0.0)]), encoded(&[Cell::Real(0.0)]), "a zero is a zero");
    }
}
