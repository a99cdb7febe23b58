//! An answer that this node produces, for those who read it on other nodes: they ask for what follows what they have, and
//! get it in pieces that each say where they belong. What is lost on the way is asked for again.

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    types::{AnswerPart, BusMessage, NodeId, Piece, Question, Reply},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    answer::{ChatAnswer, MemoryUse},
    generation::{ChatStart, Generation},
    registry::Entry,
};
use crate::context::Context;

/// Pieces that one question brings at most.
pub(super) const WINDOW: usize = 8;
/// Bytes looked at for one question: more than its pieces can carry.
const LOOKED_AT: usize = WINDOW * 6_000;
/// Codes of failures that other nodes may bring.
const CODES: usize = 256;

/// What is known from the beginning of an answer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) start: ChatStart,
    pub(super) recalled: Vec<MemoryUse>,
}

/// How an answer ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    /// Stored; all but its text.
    Stored(Arc<ChatAnswer>),
    /// It failed.
    Failed(Failure),
}

/// An error on its way between nodes. Its cause stays in the log of the node where it happened.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    kind: String,
    code: String,
    message: String,
    retry_after_ms: Option<u64>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().code().to_owned(),
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            retry_after_ms: error.retry_after().map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let kind = ErrorKind::of_code(&failure.kind).unwrap_or(ErrorKind::Unavailable);
        let error = kind.error(failure.message).with_retry_after(failure.retry_after_ms.map(Duration::from_millis));
        match kept(&failure.code) {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}

/// A code as one that lives for ever; there are few, and no node can make them many.
fn kept(code: &str) -> Option<&'static str> {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(code) = known.get(code) {
        return Some(code);
    }
    let is_code = code.len() <= 64 && code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if !is_code || known.len() >= CODES {
        return None;
    }
    let code: &'static str = String::leak(code.to_owned());
    known.insert(code);
    Some(code)
}

/// Replies to a question of another node.
pub(crate) async fn answer_question(context: &Context, from: &NodeId, id: u64, question: Question) {
    let reply = |reply| BusMessage::Reply { to: from.clone(), id, reply };
    let (Question::Read { user_id, message_id, .. } | Question::Stop { user_id, message_id }) = question;
    let Some(entry) = context.registry.find(&Scope::of(user_id), message_id) else {
        context.nodes.publish(reply(Reply::Unknown)).await;
        return;
    };
    match question {
        Question::Stop { .. } => {
            entry.stop.cancel();
            context.nodes.publish(reply(Reply::Stopping)).await;
        }
        Question::Read { part, offset, .. } => {
            // it counts as a reader, for as long as it waits
            let _reading: Generation = entry.generation(false);
            // whoever asked must hear before their patience ends
            let _ = tokio::time::timeout(context.nodes.patience / 2, entry.buffer.reached(part, offset)).await;
            match pieces(&entry, part, offset) {
                Ok(pieces) => {
                    for piece in pieces {
                        context.nodes.publish(reply(Reply::Piece(piece))).await;
                    }
                }
                Err(error) => tracing::warn!(?error, "a part of an answer cannot be told to another node"),
            }
        }
    }
}

/// What follows behind `offset`; one empty piece when nothing does.
fn pieces(entry: &Entry, part: AnswerPart, offset: usize) -> Result<Vec<Piece>> {
    let look = entry.buffer.look(offset, LOOKED_AT);
    let (rest, size) = match part {
        AnswerPart::Text => (look.text, look.size),
        AnswerPart::Head => tail(&encoded(&head(entry))?, offset),
        AnswerPart::End => match &look.outcome {
            Some(Ok(answer)) => tail(&encoded(&Ending::Stored(Arc::clone(answer)))?, offset),
            Some(Err(error)) => tail(&encoded(&Ending::Failed(error.into()))?, offset),
            None => (String::new(), 0),
        },
    };
    let (mut left, mut at) = (rest.as_str(), offset);
    let mut pieces = Vec::new();
    loop {
        let text = Piece::fitting(left);
        let ended = look.outcome.is_some();
        pieces.push(Piece { part, offset: at, text: text.to_owned(), size, text_size: look.size, ended });
        left = &left[text.len()..];
        at += text.len();
        if left.is_empty() || pieces.len() == WINDOW {
            return Ok(pieces);
        }
    }
}

fn head(entry: &Entry) -> Head {
    Head { start: entry.start.clone(), recalled: entry.buffer.recalled().to_vec() }
}

fn encoded(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// What of a text stands behind `offset`, and its size.
fn tail(text: &str, offset: usize) -> (String, usize) {
    (text.get(offset..).unwrap_or_default().to_owned(), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_the_same_on_every_node() {
        let error = ErrorKind::Upstream
            .error("it hung up")
            .with_code("model_hung_up")
            .with_retry_after(Duration::from_millis(1_500));
        let sent = serde_json::to_string(&Failure::from(&error)).unwrap();
        let heard = Error::from(serde_json::from_str::<Failure>(&sent).unwrap());
        assert_eq!((heard.kind(), heard.code(), heard.message()), (error.kind(), "model_hung_up", "it hung up"));
        assert_eq!(heard.retry_after(), error.retry_after());
        for foreign in ["Not a code", &"x".repeat(65)] {
            let failure = Failure { code: foreign.to_owned(), ..Failure::from(&error) };
            assert_eq!(Error::from(failure).code(), "upstream", "what is no code is not kept");
        }
    }
}
