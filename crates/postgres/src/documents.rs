//! Documents of both indexes as the server takes them.

use jarvis_core::types::{DocKind, DocRef, OutboxSeq};
use uuid::Uuid;

/// How kinds are stored.
pub(crate) const fn kind_number(kind: DocKind) -> i16 {
    match kind {
        DocKind::Message => 1,
        DocKind::Memory => 2,
    }
}

/// The inverse of [`kind_number`].
pub(crate) const fn kind_of(number: i16) -> DocKind {
    if number == 2 { DocKind::Memory } else { DocKind::Message }
}

/// The columns of some references.
pub(crate) fn references<'d>(docs: impl IntoIterator<Item = &'d DocRef>) -> (Vec<Uuid>, Vec<i16>) {
    docs.into_iter().map(|doc| (doc.id, kind_number(doc.kind))).unzip()
}

/// Whether an entry is to be applied behind `position`; those of a snapshot always are.
pub(crate) const fn is_new(seq: OutboxSeq, position: OutboxSeq) -> bool {
    seq == 0 || seq > position
}

/// A position as it is stored.
pub(crate) fn position(seq: OutboxSeq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
