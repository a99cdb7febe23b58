//! What makes an import repeatable: the foreign ids under which rows are kept, and that they are shown with them.

use std::collections::{BTreeMap, HashMap};

use jarvis_core::{Json, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::item::{MessageItem, Reason};

/// The key of metadata that tells where a row came from.
const IMPORTED_FROM: &str = "imported_from";
/// Conversations of one file whose messages without id are counted at most: some 24 bytes each.
pub(super) const MAX_COUNTED: usize = 500_000;
/// Stands in no foreign id, so that keys made of two parts are not ambiguous.
const BETWEEN: char = '\u{1f}';

/// The key of a message with an id: other programs number the messages of each conversation from 1.
pub(super) fn message_key(conversation: &str, id: &str) -> String {
    format!("{conversation}{BETWEEN}{id}")
}

/// Counts the messages without an id of each conversation of a file.
#[derive(Debug)]
pub(super) struct Positions {
    counts: HashMap<[u8; 16], u32>,
    max: usize,
}

impl Positions {
    /// For at most `max` conversations.
    pub(super) fn new(max: usize) -> Self {
        Self { counts: HashMap::new(), max }
    }

    /// The key of the next message: its own id in its conversation, or how many without one came before it there.
    pub(super) fn key(&mut self, message: &MessageItem) -> Result<String, Reason> {
        let conversation = message.conversation_id.as_str();
        if let Some(id) = &message.id {
            return Ok(message_key(conversation, id));
        }
        let mut short = [0; 16];
        short.copy_from_slice(&Sha256::digest(conversation)[..16]);
        if self.counts.len() >= self.max && !self.counts.contains_key(&short) {
            return Err("too many conversations whose messages have no id; give them ids, or split the file".into());
        }
        let count = self.counts.entry(short).or_default();
        *count = count.saturating_add(1);
        Ok(format!("{conversation}{BETWEEN}{BETWEEN}{count}"))
    }
}

#[derive(Serialize)]
struct Origin<'a> {
    source: &'a str,
    id: &'a str,
}

/// The source and the id that an earlier import noted.
pub(super) fn imported_from(metadata: &Json) -> Option<(String, String)> {
    noted(&metadata.decode().ok()?)
}

fn noted(fields: &BTreeMap<String, Json>) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Noted {
        source: String,
        id: String,
    }
    let noted: Noted = fields.get(IMPORTED_FROM)?.decode().ok()?;
    Some((noted.source, noted.id))
}

/// The metadata with where the row came from first: what an earlier import noted there stays.
pub(super) fn with_origin(metadata: Option<&Json>, source: &str, id: Option<&str>) -> Result<Option<Json>> {
    let Some(id) = id else { return Ok(metadata.cloned()) };
    let mut fields: BTreeMap<String, Json> = metadata.map(Json::decode).transpose()?.unwrap_or_default();
    if noted(&fields).is_some() {
        return Ok(metadata.cloned());
    }
    fields.insert(IMPORTED_FROM.to_owned(), Json::encode(&Origin { source, id })?);
    Json::encode(&fields).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::item::Follow;
    use jarvis_core::types::Role;

    fn message(conversation: &str, id: Option<&str>) -> MessageItem {
        MessageItem {
            conversation_id: conversation.to_owned(),
            id: id.map(str::to_owned),
            follow: Follow::Latest,
            role: Role::User,
            author: None,
            content: "x".to_owned(),
            parts: None,
            tokens: None,
            model: None,
            metadata: None,
            created_at: None,
            past: crate::import::past::MessagePast::default(),
        }
    }

    #[test]
    fn keys_are_of_one_conversation_and_never_meet() {
        let mut positions = Positions::new(9);
        let sequence = [("a", None), ("a", Some("1")), ("b", None), ("a", None), ("b", Some("1")), ("a", Some("#2"))];
        let keys = sequence.map(|(conversation, id)| positions.key(&message(conversation, id)).unwrap());
        let expected = ["a\u{1f}\u{1f}1", "a\u{1f}1", "b\u{1f}\u{1f}1", "a\u{1f}\u{1f}2", "b\u{1f}1", "a\u{1f}#2"];
        assert_eq!(keys, expected);
    }

    #[test]
    fn only_so_many_conversations_are_counted() {
        let mut positions = Positions::new(2);
        for conversation in ["a", "b", "a"] {
            assert!(positions.key(&message(conversation, None)).is_ok());
        }
        let reason = positions.key(&message("c", None)).unwrap_err();
        assert!(reason.contains("give them ids"), "{reason}");
        assert!(positions.key(&message("c", Some("1"))).is_ok(), "an id needs no counting");
        assert!(positions.key(&message("b", None)).is_ok(), "what is counted goes on");
    }

    #[test]
    fn metadata_keeps_what_it_had() {
        let given = Json::from_text(r#"{"n":12345678901234567890123,"imported_from":"elsewhere"}"#.to_owned()).unwrap();
        let made = with_origin(Some(&given), "jsonl", Some("é")).unwrap().unwrap();
        assert_eq!(made.as_str(), r#"{"imported_from":{"source":"jsonl","id":"é"},"n":12345678901234567890123}"#);
        assert_eq!(with_origin(Some(&given), "jsonl", None).unwrap(), Some(given));
    }
}
