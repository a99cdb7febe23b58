//! How a document lies in the index.

use jarvis_core::{
    id::UserId,
    types::{DocKind, DocRef, Role},
};
use std::fmt::Write as _;
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions as FieldOptions,
};
use uuid::Uuid;

/// Part of a field's name, so that an index written by other rules does not open: raise it with every change to
/// `jarvis_core::text::search` or to the meaning of a field.
const VERSION: u32 = 1;

/// The fields.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    /// Kind and id; what a replacement or deletion is addressed to.
    pub(crate) key: Field,
    /// Whose; its postings are a person's documents.
    pub(crate) owner: Field,
    /// Where it was said.
    pub(crate) conversation: Field,
    /// Words with a meaning: stems, each behind its owner's prefix, with positions; its length is the document's.
    pub(crate) body: Field,
    /// Stop words, the same way, apart from the length.
    pub(crate) stops: Field,
    /// Columns.
    pub(crate) id_high: Field,
    pub(crate) id_low: Field,
    pub(crate) created_at: Field,
    /// [`Facts`].
    pub(crate) facts: Field,
}

/// Column names.
pub(crate) const ID_HIGH: &str = "id_high";
pub(crate) const ID_LOW: &str = "id_low";
pub(crate) const CREATED_AT: &str = "created_at";
pub(crate) const FACTS: &str = "facts";

impl Fields {
    pub(crate) fn new() -> Self {
        let mut schema = Schema::builder();
        let words = TextFieldIndexing::default()
            .set_tokenizer("raw") // never used: documents come as tokens
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let keyed = BytesOptions::default().set_indexed();
        let column = NumericOptions::default().set_fast();
        Self {
            key: schema.add_bytes_field("key", keyed.clone()),
            owner: schema.add_bytes_field("owner", keyed.clone()),
            conversation: schema.add_bytes_field("conversation", keyed),
            body: schema.add_text_field(
                &format!("body_v{VERSION}"),
                FieldOptions::default().set_indexing_options(words.clone().set_fieldnorms(true)),
            ),
            stops: schema
                .add_text_field("stops", FieldOptions::default().set_indexing_options(words.set_fieldnorms(false))),
            id_high: schema.add_u64_field(ID_HIGH, column.clone()),
            id_low: schema.add_u64_field(ID_LOW, column.clone()),
            created_at: schema.add_i64_field(CREATED_AT, column.clone()),
            facts: schema.add_u64_field(FACTS, column),
            schema: schema.build(),
        }
    }

    /// The field a token lies in.
    pub(crate) fn of(&self, is_stop: bool) -> Field {
        if is_stop { self.stops } else { self.body }
    }
}

/// What a document is, packed into one column: one look-up answers all filters but time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts(u64);

impl Facts {
    const MEMORY: u64 = 1;
    const RECALLABLE: u64 = 2;
    const ROLE_SHIFT: u32 = 2;

    pub(crate) fn new(kind: DocKind, role: Option<Role>, recallable: bool) -> Self {
        let kind = if kind == DocKind::Memory { Self::MEMORY } else { 0 };
        let recallable = if recallable { Self::RECALLABLE } else { 0 };
        Self(kind | recallable | role_number(role) << Self::ROLE_SHIFT)
    }

    pub(crate) const fn from_column(value: u64) -> Self {
        Self(value)
    }

    pub(crate) const fn to_column(self) -> u64 {
        self.0
    }

    pub(crate) const fn kind(self) -> DocKind {
        if self.0 & Self::MEMORY == 0 { DocKind::Message } else { DocKind::Memory }
    }

    pub(crate) const fn recallable(self) -> bool {
        self.0 & Self::RECALLABLE != 0
    }

    pub(crate) fn has_role(self, role: Role) -> bool {
        self.0 >> Self::ROLE_SHIFT == role_number(Some(role))
    }
}

const fn role_number(role: Option<Role>) -> u64 {
    match role {
        None => 0,
        Some(Role::User) => 1,
        Some(Role::Assistant) => 2,
        Some(Role::System) => 3,
        Some(Role::Tool) => 4,
    }
}

/// The bytes of a document's key.
pub(crate) fn key(doc: DocRef) -> [u8; 17] {
    let mut key = [0; 17];
    key[0] = u8::from(doc.kind == DocKind::Memory);
    key[1..].copy_from_slice(doc.id.as_bytes());
    key
}

/// What stands before every term of a person: their id, seven bits a byte, so that it is valid UTF-8.
pub(crate) fn owner_prefix(user: UserId) -> String {
    let bits = user.as_uuid().as_u128();
    (0..19).rev().map(|group| ((bits >> (group * 7)) & 0x7f) as u8 as char).collect()
}

/// The two columns of an id.
pub(crate) fn split_id(id: Uuid) -> (u64, u64) {
    id.as_u64_pair()
}

/// Overwrites `buffer` with a term as it stands in the dictionary.
pub(crate) fn write_term(buffer: &mut String, owner_prefix: &str, term: &str) {
    buffer.clear();
    let _ = write!(buffer, "{owner_prefix}{term}"); // writing to a string cannot fail
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn facts_round_trip() {
        for kind in [DocKind::Message, DocKind::Memory] {
            for role in [None, Some(Role::User), Some(Role::Assistant), Some(Role::System), Some(Role::Tool)] {
                for recallable in [false, true] {
                    let facts = Facts::from_column(Facts::new(kind, role, recallable).to_column());
                    assert_eq!((facts.kind(), facts.recallable()), (kind, recallable));
                    for asked in [Role::User, Role::Assistant, Role::System, Role::Tool] {
                        assert_eq!(facts.has_role(asked), role == Some(asked));
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn owner_prefixes_are_as_long_and_as_different_as_the_ids(a: u128, b: u128) {
            let (pa, pb) = (owner_prefix(Uuid::from_u128(a).into()), owner_prefix(Uuid::from_u128(b).into()));
            prop_assert_eq!(pa.len(), 19);
            prop_assert_eq!(a == b, pa == pb);
        }
    }
}
