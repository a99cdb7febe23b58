//! The text index.

mod conformance;
mod crash;
mod damage;
mod durability;
mod full_disk;
mod ranking;

use jarvis_core::{
    Timestamp,
    id::{ConversationId, UserId},
    ports::{TextIndex, TextQuery},
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, Role},
};
use jarvis_providers::text::TextOptions;
use std::{collections::BTreeSet, time::Duration};
use uuid::Uuid;

/// Owner of the messages that [`message`] makes.
pub(crate) fn owner() -> UserId {
    UserId::from(Uuid::from_u128(0xa11ce))
}

/// Ten messages share a conversation.
pub(crate) fn message(number: u64, text: &str) -> IndexDocument {
    IndexDocument {
        doc: doc(number),
        user_id: owner(),
        conversation_id: Some(ConversationId::from(Uuid::from_u128(u128::from(number / 10)))),
        role: Some(if number.is_multiple_of(2) { Role::User } else { Role::Assistant }),
        recallable: true,
        created_at: Timestamp::from_micros(1_795_248_000_000_000 + number as i64 * 1_000_000),
        text: text.to_owned(),
    }
}

pub(crate) fn doc(number: u64) -> DocRef {
    DocRef { kind: DocKind::Message, id: Uuid::from_u128(u128::from(number)) }
}

/// The change that adds [`message`], at the place of its number.
pub(crate) fn entry(number: u64, text: &str) -> OutboxEntry {
    OutboxEntry { seq: number, change: IndexChange::Upsert(message(number, text)) }
}

/// Commits when told to, and not before.
pub(crate) fn patient() -> TextOptions {
    TextOptions { commit_after: Duration::from_mins(10), commit_documents: usize::MAX, ..TextOptions::default() }
}

/// Numbers of all messages that have a word. A message found twice is an error.
pub(crate) async fn all_with(index: &dyn TextIndex, word: &str) -> BTreeSet<u64> {
    let hits = index.search(&TextQuery::new(word, owner(), 10_000)).await.unwrap().hits;
    let numbers: BTreeSet<u64> = hits.iter().map(|hit| hit.doc.id.as_u128() as u64).collect();
    assert_eq!(numbers.len(), hits.len(), "no document is found twice");
    numbers
}
