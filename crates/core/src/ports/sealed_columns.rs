//! Names that bind sealed values to their place; changing one makes what is stored unreadable. Every store uses the same,
//! so that what is sealed can be moved from one into another.

use super::{
    SealedCell,
    transfer::{
        Cell,
        CellKind::{self, Bytes, Id, Integer, Text},
        Table,
    },
};

macro_rules! names {
    ($($name:ident = $column:literal;)*) => {$(
        #[doc = concat!("`", $column, "`.")]
        pub const $name: &str = $column;
    )*};
}

names! {
    SESSION_NAME = "sessions.name";
    SESSION_ROLE = "sessions.role";
    SESSION_GOALS = "sessions.goals";
    SESSION_TEMPLATE = "sessions.template";
    SESSION_METADATA = "sessions.metadata";
    CONVERSATION_TITLE = "conversations.title";
    CONVERSATION_SUMMARY = "conversations.summary";
    CONVERSATION_METADATA = "conversations.metadata";
    MESSAGE_AUTHOR = "messages.author";
    MESSAGE_CONTENT = "messages.content";
    MESSAGE_PARTS = "messages.parts";
    MESSAGE_METADATA = "messages.metadata";
    MESSAGE_FOREIGN_SOURCE = "messages.foreign_source";
    MESSAGE_FOREIGN_ID = "messages.foreign_id";
    GENERATION_CONTENT = "generations.content";
    MEMORY_CONTENT = "memories.content";
    MEMORY_CATEGORY = "memories.category";
    MEMORY_CONTENT_KEY = "memories.content_key";
    MEMORY_SLOT_KEY = "memories.slot_key";
    MEMORY_METADATA = "memories.metadata";
    FOREIGN_SOURCE = "foreign_ids.source";
    FOREIGN_ID = "foreign_ids.foreign_id";
    AUDIT_DETAIL = "audit_log.detail";
    IDEMPOTENCY_KEY = "idempotency_keys.key";
    IDEMPOTENCY_HASH = "idempotency_keys.request_hash";
}

/// How the values of a column are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedAs {
    /// Each by itself: equal texts look different.
    Text,
    /// Equal labels are sealed equally, so that they can be looked up.
    Label,
    /// Hashes of what people wrote, which nobody can make without the key.
    Hash,
}

/// A table with sealed columns.
#[derive(Debug, PartialEq, Eq)]
pub struct SealedTable {
    /// Its key and its sealed columns.
    pub table: Table,
    /// Which columns of it are sealed, and how. The first one is never absent.
    pub sealed: &'static [(usize, SealedAs, &'static str)],
}

impl SealedTable {
    /// The sealed values of a row of [`table`](Self::table), in the order of [`sealed`](Self::sealed).
    pub fn values<'a>(&'static self, row: &'a [Cell]) -> Vec<SealedCell<'a>> {
        let value = |(at, sealed_as, column): &'static (usize, SealedAs, &'static str)| {
            Some(SealedCell { sealed_as: *sealed_as, column, cell: row.get(*at)? })
        };
        self.sealed.iter().filter_map(value).collect()
    }
}

const fn sealed(
    name: &'static str,
    key: usize,
    columns: &'static [(&'static str, CellKind)],
    sealed: &'static [(usize, SealedAs, &'static str)],
) -> SealedTable {
    SealedTable { table: Table { name, columns, key, passing: false }, sealed }
}

/// Every table with sealed columns.
pub const SEALED_TABLES: &[SealedTable] = &[
    sealed(
        "sessions",
        1,
        &[("id", Id), ("name", Bytes), ("role", Bytes), ("goals", Bytes), ("template", Bytes), ("metadata", Bytes)],
        &[
            (1, SealedAs::Text, SESSION_NAME),
            (2, SealedAs::Text, SESSION_ROLE),
            (3, SealedAs::Text, SESSION_GOALS),
            (4, SealedAs::Text, SESSION_TEMPLATE),
            (5, SealedAs::Text, SESSION_METADATA),
        ],
    ),
    sealed(
        "conversations",
        1,
        &[("id", Id), ("title", Bytes), ("summary", Bytes), ("metadata", Bytes)],
        &[
            (1, SealedAs::Text, CONVERSATION_TITLE),
            (2, SealedAs::Text, CONVERSATION_SUMMARY),
            (3, SealedAs::Text, CONVERSATION_METADATA),
        ],
    ),
    sealed(
        "messages",
        2,
        &[
            ("conversation_id", Id),
            ("position", Integer),
            ("content", Bytes),
            ("author", Bytes),
            ("parts", Bytes),
            ("metadata", Bytes),
            ("foreign_source", Text),
            ("foreign_id", Text),
        ],
        &[
            (2, SealedAs::Text, MESSAGE_CONTENT),
            (3, SealedAs::Text, MESSAGE_AUTHOR),
            (4, SealedAs::Text, MESSAGE_PARTS),
            (5, SealedAs::Text, MESSAGE_METADATA),
            (6, SealedAs::Label, MESSAGE_FOREIGN_SOURCE),
            (7, SealedAs::Label, MESSAGE_FOREIGN_ID),
        ],
    ),
    sealed(
        "memories",
        1,
        &[
            ("id", Id),
            ("content", Bytes),
            ("category", Text),
            ("content_key", Bytes),
            ("slot_key", Bytes),
            ("metadata", Bytes),
        ],
        &[
            (1, SealedAs::Text, MEMORY_CONTENT),
            (2, SealedAs::Label, MEMORY_CATEGORY),
            (3, SealedAs::Hash, MEMORY_CONTENT_KEY),
            (4, SealedAs::Hash, MEMORY_SLOT_KEY),
            (5, SealedAs::Text, MEMORY_METADATA),
        ],
    ),
    sealed(
        "generation_parts",
        2,
        &[("message_id", Id), ("start", Integer), ("content", Bytes)],
        &[(2, SealedAs::Text, GENERATION_CONTENT)],
    ),
    sealed(
        "foreign_ids",
        4,
        &[("user_id", Id), ("source", Text), ("kind", Integer), ("foreign_id", Text)],
        &[(3, SealedAs::Label, FOREIGN_ID), (1, SealedAs::Label, FOREIGN_SOURCE)],
    ),
    sealed("audit_log", 1, &[("seq", Integer), ("detail", Bytes)], &[(1, SealedAs::Text, AUDIT_DETAIL)]),
    sealed(
        "idempotency_keys",
        2,
        &[("user_id", Id), ("key", Text), ("request_hash", Bytes)],
        &[(1, SealedAs::Label, IDEMPOTENCY_KEY), (2, SealedAs::Hash, IDEMPOTENCY_HASH)],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::transfer::TABLES;

    #[test]
    fn every_column_that_holds_text_of_people_is_listed() {
        // not written by anything yet, or never by people
        let others = ["collections", "vector_entries", "embedding_cache", "encryption_keys", "audit_head"];
        for table in TABLES.iter().filter(|table| !others.contains(&table.name)) {
            let found = SEALED_TABLES.iter().find(|sealed| sealed.table.name == table.name);
            // tokens are random, and of them only hashes are kept; of what the trail tells, salted ones
            let hashes = ["token_hash", "salt", "digest", "previous_hash", "hash"];
            let of_people = |(name, kind): &&(&str, CellKind)| *kind == Bytes && !hashes.contains(name);
            for (name, kind) in table.columns.iter().filter(of_people) {
                let listed = found.is_some_and(|found| {
                    found.sealed.iter().any(|(at, ..)| found.table.columns[*at] == (*name, *kind))
                });
                assert!(listed, "{}.{name}", table.name);
            }
        }
    }

    #[test]
    fn what_is_listed_is_in_the_schema_and_of_the_kind_that_it_is_sealed_as() {
        for SealedTable { table, sealed } in SEALED_TABLES {
            let whole = TABLES.iter().find(|whole| whole.name == table.name).unwrap();
            assert_eq!(whole.key_columns().iter().map(|(name, _)| *name).collect::<Vec<_>>(), {
                table.key_columns().iter().map(|(name, _)| *name).collect::<Vec<_>>()
            });
            assert!(table.columns.iter().all(|column| whole.columns.contains(column)), "{}", table.name);
            for (at, sealed_as, _) in *sealed {
                let expected = if *sealed_as == SealedAs::Label { Text } else { Bytes };
                assert_eq!(table.columns[*at].1, expected, "{}.{}", table.name, table.columns[*at].0);
            }
            // what does not stand in the key is changed without moving the row
            assert!(sealed.iter().all(|(at, ..)| *at < table.columns.len()));
        }
    }
}
