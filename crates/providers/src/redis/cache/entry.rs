//! What stands under the key of a value: the value behind the marks of its tags, or the lease of who makes it.
//!
//! Both are one string each: a scan meets the key whichever it holds, and what replaces one by the other does so at once.

use bytes::Bytes;
use jarvis_core::ports::cache::{MAX_CACHE_KEY, MAX_CACHE_TAGS, other_kind};
use jarvis_core::{Error, ErrorKind, Result};
use uuid::Uuid;

const VALUE: u8 = b'V';
const LEASE: u8 = b'L';
const MARK: usize = 16;
/// Bytes that stand before a value at most.
pub(super) const LONGEST_HEADER: usize = 2 + MAX_CACHE_TAGS * (2 + MAX_CACHE_KEY + MARK);

/// A tag and the mark that it had.
pub(super) type Marked = (String, Uuid);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Value { tags: Vec<Marked>, header: usize },
    Lease,
}

/// The string of a value.
pub(super) fn value(tags: &[Marked], value: &[u8]) -> Vec<u8> {
    let room = 2 + tags.iter().map(|(tag, _)| 2 + tag.len() + MARK).sum::<usize>() + value.len();
    let mut text = Vec::with_capacity(room);
    text.extend([VALUE, tags.len() as u8]);
    for (tag, mark) in tags {
        text.extend((tag.len() as u16).to_be_bytes());
        text.extend(tag.as_bytes());
        text.extend(mark.as_bytes());
    }
    text.extend(value);
    text
}

/// The string of a lease.
pub(super) fn lease(mark: Uuid) -> Vec<u8> {
    let mut text = vec![LEASE];
    text.extend(mark.as_bytes());
    text
}

/// Reads the beginning of a string.
pub(super) fn read(text: &[u8]) -> Result<Entry> {
    match text {
        [VALUE, tags, rest @ ..] => {
            let mut rest = rest;
            let tags: Option<Vec<Marked>> = (0..*tags).map(|_| marked(&mut rest)).collect();
            let tags = tags.ok_or_else(damaged)?;
            Ok(Entry::Value { tags, header: text.len() - rest.len() })
        }
        [LEASE, ..] => Ok(Entry::Lease),
        // a counter
        _ => Err(other_kind()),
    }
}

/// The value behind its header.
pub(super) fn behind(text: Vec<u8>, header: usize) -> Bytes {
    Bytes::from(text).slice(header..)
}

/// The mark that a tag has on the server.
pub(super) fn mark(text: &[u8]) -> Result<Uuid> {
    Uuid::from_slice(text).map_err(|_| damaged())
}

fn marked(rest: &mut &[u8]) -> Option<Marked> {
    let length = rest.split_off(..2)?;
    let tag = rest.split_off(..usize::from(u16::from_be_bytes(length.try_into().ok()?)))?;
    let mark = rest.split_off(..MARK)?;
    Some((String::from_utf8(tag.to_vec()).ok()?, Uuid::from_slice(mark).ok()?))
}

fn damaged() -> Error {
    ErrorKind::Corrupt.error("the cache holds what no Jarvis wrote; give this installation a prefix of its own")
}

/// What `fuzz/` drives: what stands under a key.
#[cfg(fuzzing)]
pub fn fuzz(text: &[u8]) {
    if let Ok(Entry::Value { header, .. }) = read(text) {
        behind(text.to_vec(), header);
    }
    let _ = mark(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(
            tags in prop::collection::vec(("[a-zé]{1,20}", any::<u128>()), 0..16), bytes: Vec<u8>,
        ) {
            let tags: Vec<Marked> = tags.into_iter().map(|(tag, mark)| (tag, Uuid::from_u128(mark))).collect();
            let text = value(&tags, &bytes);
            let Ok(Entry::Value { tags: read_tags, header }) = read(&text) else { panic!("not a value") };
            prop_assert!(header <= LONGEST_HEADER);
            prop_assert_eq!(read_tags, tags);
            prop_assert_eq!(behind(text, header), bytes);
        }

        #[test]
        fn what_others_wrote_is_refused_or_read_but_never_harms(text: Vec<u8>) {
            let _ = read(&text);
        }
    }

    #[test]
    fn a_lease_and_a_counter_are_no_values() {
        assert_eq!(read(&lease(Uuid::from_u128(7))).unwrap(), Entry::Lease);
        assert_eq!(read(b"-12").unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(read(b"V\x01\x00\x05ab").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
