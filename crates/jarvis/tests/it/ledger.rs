//! What a client was promised, and whether the server keeps it.

use std::collections::HashMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::server::{Api, text};

/// One write, as its client knows it.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    /// A word that occurs in no other write.
    pub(crate) marker: String,
    pub(crate) kind: Kind,
    /// Sent as `Idempotency-Key`, when it has one.
    pub(crate) key: Option<String>,
    /// What the server acknowledged: the answer's body.
    pub(crate) acknowledged: Option<Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A message, in a conversation that was there or in a new one.
    Chat {
        conversation: Option<String>,
    },
    Memory,
}

/// Words of ten consonants: nothing stems them, and no two are alike.
pub(crate) fn marker(number: u64) -> String {
    let letters = b"bcdfghjkmp";
    let digits = format!("{number:08}");
    let word: String = digits.bytes().map(|digit| char::from(letters[usize::from(digit - b'0')])).collect();
    format!("zq{word}")
}

impl Write {
    pub(crate) fn content(&self) -> String {
        match self.kind {
            Kind::Chat { .. } => format!("note {}", self.marker),
            Kind::Memory => format!("fact {}", self.marker),
        }
    }

    /// The request that sends it.
    pub(crate) fn request(&self, server: &Api) -> RequestBuilder {
        let (route, body) = match &self.kind {
            Kind::Chat { conversation } => {
                ("/api/chat", json!({ "message": self.content(), "conversation_id": conversation }))
            }
            Kind::Memory => ("/api/memory", json!({ "content": self.content() })),
        };
        let mut request = server.request(Method::POST, route).json(&body);
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        request
    }

    /// Sends it; `None` when nobody answered, else the status and the body.
    pub(crate) async fn send(&self, server: &Api) -> Option<(u16, Value)> {
        let answer = self.request(server).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.ok()?))
    }

    /// Sends it and notes the acknowledgement; answers the status.
    pub(crate) async fn try_send(&mut self, server: &Api) -> Option<u16> {
        let (status, body) = self.send(server).await?;
        if (200..300).contains(&status) {
            self.acknowledged = Some(body);
        }
        Some(status)
    }
}

/// Checks that every acknowledged write is there exactly once, by identity, in history and in search, and that none of
/// the others is there more than once.
pub(crate) async fn check(server: &Api, writes: &[Write]) {
    let mut histories: HashMap<String, Vec<Value>> = HashMap::new();
    for write in writes {
        let found = found(server, write).await;
        let Some(answer) = &write.acknowledged else {
            assert!(found.len() <= 1, "{} was stored more than once: {found:?}", write.marker);
            continue;
        };
        assert_eq!(found.len(), 1, "search finds an acknowledged {write:?} {} times", found.len());
        if write.kind == Kind::Memory {
            assert_eq!(text(&found[0], "id"), text(answer, "id"));
            continue;
        }
        assert_eq!(text(&found[0], "id"), text(answer, "user_message_id"));
        let conversation = text(answer, "conversation_id").to_owned();
        if !histories.contains_key(&conversation) {
            histories.insert(conversation.clone(), history(server, &conversation).await);
        }
        let messages = &histories[&conversation];
        let place_of = |id: &str| {
            let places: Vec<usize> =
                messages.iter().enumerate().filter(|(_, row)| row["id"] == id).map(|(place, _)| place).collect();
            assert_eq!(places.len(), 1, "{id} of an acknowledged {write:?} is there {} times", places.len());
            places[0]
        };
        let (said, answered) = (place_of(text(answer, "user_message_id")), place_of(text(answer, "id")));
        assert!(said < answered, "an answer stands before its question");
        assert_eq!(text(&messages[said], "content"), write.content());
        assert_eq!(text(&messages[answered], "content"), text(answer, "content"));
        let same = messages.iter().filter(|row| row["content"] == write.content()).count();
        assert_eq!(same, 1, "{} is in its conversation {same} times", write.marker);
    }
}

/// What search finds of a write itself: answers of the assistant quote it, they do not count.
async fn found(server: &Api, write: &Write) -> Vec<Value> {
    let hits = server.find(&write.marker).await;
    let own = |hit: &Value| match write.kind {
        Kind::Chat { .. } => hit["kind"] == "message" && hit["role"] == "user",
        Kind::Memory => hit["kind"] == "memory",
    };
    hits.into_iter().filter(own).filter(|hit| hit["content"] == write.content()).collect()
}

/// All messages of a conversation, oldest first; their positions are 1, 2, 3 and so on.
async fn history(server: &Api, conversation: &str) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    loop {
        let before = messages.first().map_or_else(String::new, |first| format!("&before={}", text(first, "id")));
        let page = server.get(&format!("/api/chat/history/{conversation}?limit=500{before}")).await;
        let mut earlier = page["messages"].as_array().unwrap().clone();
        earlier.append(&mut messages);
        messages = earlier;
        if page["has_more"] == false {
            assert_eq!(page["total_count"], messages.len(), "the head of {conversation} counts wrong");
            let positions: Vec<u64> = messages.iter().map(|row| row["position"].as_u64().unwrap()).collect();
            assert_eq!(positions, (1..=messages.len() as u64).collect::<Vec<_>>(), "positions of {conversation}");
            return messages;
        }
    }
}

/// Checks that the counters agree with the lists they count.
pub(crate) async fn check_counters(server: &Api) {
    let stats = server.get("/api/stats").await;
    let (mut conversations, mut messages) = (0, 0);
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/api/chat/conversations?limit=500{cursor}")).await;
        for row in page["conversations"].as_array().unwrap() {
            conversations += 1;
            messages += row["message_count"].as_u64().unwrap();
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let memories = server.get("/api/memory/list?limit=1").await["total"].as_u64().unwrap();
    let counted = |part: &str, noun: &str| stats[part][noun].as_u64().unwrap();
    assert_eq!(counted("user", "conversations"), conversations);
    assert_eq!(counted("user", "messages"), messages);
    assert_eq!(counted("user", "memories"), memories);
    assert_eq!(counted("store", "messages"), messages, "the store's counters");
    assert_eq!(counted("store", "memories"), memories, "the store's counters");
    // search waits for what was written before it, so that afterwards everything is indexed
    server.find("nothing").await;
    let indexed = server.get("/api/stats").await["indexed"].as_u64().unwrap();
    assert_eq!(indexed, messages + memories, "the index holds as many texts as the store");
}
