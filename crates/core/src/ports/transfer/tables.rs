//! The tables that make a store, as both stores have them.

use super::CellKind::{self, Bytes, Flag, Id, Integer, Real, Text, Time};

/// A table of the one logical schema.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; the first [`key`](Self::key) of them are never absent, name one row together, and an index orders by them.
    pub columns: &'static [(&'static str, CellKind)],
    /// How many columns the key has.
    pub key: usize,
    /// Whether it tells only about processes that run or ran: what an empty store may hold all the same.
    pub passing: bool,
}

impl Table {
    /// The columns of the key.
    pub fn key_columns(&self) -> &'static [(&'static str, CellKind)] {
        &self.columns[..self.key]
    }
}

const fn table(name: &'static str, key: usize, columns: &'static [(&'static str, CellKind)]) -> Table {
    Table { name, columns, key, passing: false }
}

/// Every table whose rows are the store's own: all but the migrations, the one row of `store_state`, which is made from the
/// others, and `moves`. Ordered so that what a row refers to comes before it, and within a table by the key: a message comes
/// behind its parent because it has the higher position.
pub const TABLES: &[Table] = &[
    table("users", 1, &[("id", Id), ("name", Text), ("role", Text), ("time_zone", Text), ("created_at", Time)]),
    table(
        "user_stats",
        1,
        &[
            ("user_id", Id),
            ("conversations_open", Integer),
            ("conversations_archived", Integer),
            ("conversations_deleted", Integer),
            ("messages", Integer),
            ("memories", Integer),
            ("tokens", Integer),
            ("bytes", Integer),
            ("updated_at", Time),
        ],
    ),
    table(
        "sessions",
        1,
        &[
            ("id", Id),
            ("user_id", Id),
            ("name", Bytes),
            ("role", Bytes),
            ("goals", Bytes),
            ("template", Bytes),
            ("status", Text),
            ("metadata", Bytes),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    table(
        "conversations",
        1,
        &[
            ("id", Id),
            ("user_id", Id),
            ("session_id", Id),
            ("title", Bytes),
            ("summary", Bytes),
            ("summary_until", Id),
            ("status", Text),
            ("message_count", Integer),
            ("last_position", Integer),
            ("metadata", Bytes),
            ("created_at", Time),
            ("updated_at", Time),
            ("active_at", Time),
        ],
    ),
    table(
        "messages",
        2,
        &[
            ("conversation_id", Id),
            ("position", Integer),
            ("id", Id),
            ("user_id", Id),
            ("parent_id", Id),
            ("role", Text),
            ("author", Bytes),
            ("content", Bytes),
            ("parts", Bytes),
            ("tokens", Integer),
            ("model", Text),
            ("status", Text),
            ("recall_score", Real),
            ("metadata", Bytes),
            ("foreign_source", Text),
            ("foreign_id", Text),
            ("created_at", Time),
        ],
    ),
    table(
        "memories",
        1,
        &[
            ("id", Id),
            ("user_id", Id),
            ("kind", Text),
            ("category", Text),
            ("content", Bytes),
            ("content_key", Bytes),
            ("slot_key", Bytes),
            ("importance", Real),
            ("pinned", Flag),
            ("access_count", Integer),
            ("last_accessed_at", Time),
            ("expires_at", Time),
            ("valid_from", Time),
            ("valid_to", Time),
            ("superseded_by", Id),
            ("metadata", Bytes),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    table("memory_sources", 2, &[("memory_id", Id), ("ordinal", Integer), ("message_id", Id)]),
    table(
        "collections",
        1,
        &[
            ("id", Id),
            ("user_id", Id),
            ("name", Text),
            ("model", Text),
            ("dimension", Integer),
            ("metadata", Bytes),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    table(
        "vector_entries",
        1,
        &[
            ("id", Id),
            ("collection_id", Id),
            ("document_id", Text),
            ("message_id", Id),
            ("memory_id", Id),
            ("content", Bytes),
            ("metadata", Bytes),
            ("model", Text),
            ("dimension", Integer),
            ("vector", Bytes),
            ("created_at", Time),
            ("updated_at", Time),
        ],
    ),
    table(
        "embedding_cache",
        2,
        &[("model", Text), ("content_key", Bytes), ("dimension", Integer), ("vector", Bytes), ("last_used_at", Time)],
    ),
    table("outbox", 1, &[("seq", Integer), ("kind", Integer), ("entity_id", Id)]),
    Table {
        name: "index_positions",
        columns: &[("node", Text), ("index_name", Text), ("position", Integer), ("updated_at", Time)],
        key: 2,
        passing: true,
    },
    table(
        "audit_log",
        1,
        &[
            ("seq", Integer),
            ("id", Id),
            ("at", Time),
            ("user_id", Id),
            ("subject_id", Id),
            ("via", Text),
            ("act", Text),
            ("object", Text),
            ("detail", Bytes),
            ("salt", Bytes),
            ("digest", Bytes),
            ("previous_hash", Bytes),
            ("hash", Bytes),
        ],
    ),
    table("audit_head", 1, &[("id", Integer), ("seq", Integer), ("hash", Bytes)]),
    table(
        "idempotency_keys",
        2,
        &[
            ("user_id", Id),
            ("key", Text),
            ("request_hash", Bytes),
            ("resource_id", Id),
            ("finished", Flag),
            ("claimed_at", Time),
        ],
    ),
    table(
        "foreign_ids",
        4,
        &[("user_id", Id), ("source", Text), ("kind", Integer), ("foreign_id", Text), ("entity_id", Id)],
    ),
    table(
        "generations",
        1,
        &[
            ("message_id", Id),
            ("user_id", Id),
            ("conversation_id", Id),
            ("user_message_id", Id),
            ("model", Text),
            ("node", Text),
            ("started_at", Time),
        ],
    ),
    table("generation_parts", 2, &[("message_id", Id), ("start", Integer), ("content", Bytes), ("kept_at", Time)]),
    table(
        "activity",
        4,
        &[
            ("user_id", Id),
            ("quarter", Integer),
            ("role", Text),
            ("model", Text),
            ("messages", Integer),
            ("tokens", Integer),
        ],
    ),
    table("encryption_keys", 1, &[("key_id", Bytes), ("secret", Bytes), ("phase", Text), ("since", Time)]),
    table("erasures", 1, &[("user_id", Id), ("requested_at", Time)]),
    table(
        "accounts",
        1,
        &[
            ("user_id", Id),
            ("password", Text),
            ("password_changed_at", Time),
            ("disabled_at", Time),
            ("last_login_at", Time),
            ("quota_messages", Integer),
            ("quota_tokens", Integer),
            ("quota_storage", Integer),
            ("created_at", Time),
        ],
    ),
    table(
        "logins",
        1,
        &[("id", Id), ("user_id", Id), ("label", Text), ("created_at", Time), ("used_at", Time), ("expires_at", Time)],
    ),
    table("refresh_tokens", 1, &[("token_hash", Bytes), ("login_id", Id), ("expires_at", Time), ("used_at", Time)]),
    table(
        "api_keys",
        1,
        &[
            ("id", Id),
            ("user_id", Id),
            ("name", Text),
            ("prefix", Text),
            ("token_hash", Bytes),
            ("permissions", Text),
            ("created_at", Time),
            ("expires_at", Time),
            ("last_used_at", Time),
        ],
    ),
    table(
        "invites",
        1,
        &[
            ("id", Id),
            ("token_hash", Bytes),
            ("role", Text),
            ("created_by", Id),
            ("created_at", Time),
            ("expires_at", Time),
        ],
    ),
    Table {
        name: "nodes",
        columns: &[
            ("node", Text),
            ("beats", Integer),
            ("seen_at", Time),
            ("has_left", Flag),
            ("scrub_due", Integer),
            ("scrubbed", Integer),
        ],
        key: 1,
        passing: true,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_can_be_compared_and_columns_are_named_once() {
        for table in TABLES {
            assert!(table.key > 0 && table.key <= table.columns.len(), "{}", table.name);
            assert!(table.key_columns().iter().all(|(_, kind)| !matches!(kind, Real | Flag)), "{}", table.name);
            for (index, (name, _)) in table.columns.iter().enumerate() {
                assert!(table.columns[index + 1..].iter().all(|(other, _)| other != name), "{}.{name}", table.name);
            }
        }
    }
}
