//! The text index.

mod conformance;

use jarvis_core::{
    Timestamp,
    id::{ConversationId, UserId},
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, Role},
};
use uuid::Uuid;

/// Owner of the messages that [`message`] makes.
pub(crate) fn owner() -> UserId {
    UserId::from(Uuid::from_u128(0xa11ce))
}

/// A message of the owner's.
pub(crate) fn message(number: u128, text: &str) -> IndexDocument {
    IndexDocument {
        doc: DocRef { kind: DocKind::Message, id: Uuid::from_u128(number) },
        user_id: owner(),
        conversation_id: Some(ConversationId::from(Uuid::from_u128(number / 10))),
        role: Some(Role::User),
        recallable: true,
        created_at: Timestamp::from_micros(1_795_248_000_000_000 + number as i64 * 1_000_000),
        text: text.to_owned(),
    }
}

/// The change that adds [`message`], at the place of its number.
pub(crate) fn entry(number: u64, text: &str) -> OutboxEntry {
    OutboxEntry { seq: number, change: IndexChange::Upsert(message(u128::from(number), text)) }
}
