use serde::{Deserialize, Serialize};

use crate::{
    id::{MessageId, UserId},
    types::{LiveEvent, NodeId},
};

/// Bytes of a message as JSON at most: a PostgreSQL notification carries 8 000.
pub const MAX_BUS_MESSAGE_BYTES: usize = 7_000;

/// Bytes of a [`Piece`]'s text at most, as JSON writes it; the rest of the message has room beside it.
const MAX_PIECE_BYTES: usize = 6_000;

/// What nodes tell each other. Written as JSON it has at most [`MAX_BUS_MESSAGE_BYTES`].
///
/// Every node hears every message, its sender included; one that is addressed is for that node alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BusMessage {
    /// Something that people may watch changed.
    Live(LiveEvent),
    /// Something was committed that indexes must follow.
    Wrote {
        /// By whom.
        from: NodeId,
    },
    /// What memory holds under these tags is not true any more. Without tags: all of it.
    Forget {
        /// Who says so; their own memory is in order.
        from: NodeId,
        /// At most 64, of at most 80 characters each.
        tags: Vec<String>,
    },
    /// All that a person has is being erased: answers to them end, and nothing of theirs stays in memory.
    Erasing {
        /// Where.
        from: NodeId,
        /// Whose.
        user_id: UserId,
    },
    /// A question about an answer that another node produces.
    Ask {
        /// Who wants to know.
        from: NodeId,
        /// The node that produces it.
        to: NodeId,
        /// What its replies repeat.
        id: u64,
        /// The question.
        question: Question,
    },
    /// What came of a question.
    Reply {
        /// Who asked.
        to: NodeId,
        /// The question's.
        id: u64,
        /// The reply.
        reply: Reply,
    },
}

/// What one node asks another about an answer that it produces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Question {
    /// What follows in a part of it. Replied when there is more, or after a moment all the same.
    Read {
        /// On whose behalf: an answer is nobody else's.
        user_id: UserId,
        /// Which.
        message_id: MessageId,
        /// The part.
        part: AnswerPart,
        /// Bytes of it that are known.
        offset: usize,
    },
    /// Ends it where it is.
    Stop {
        /// On whose behalf.
        user_id: UserId,
        /// Which.
        message_id: MessageId,
    },
}

/// A part of an answer, each a text that is read in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerPart {
    /// What is known from the beginning, as JSON.
    Head,
    /// The text itself, which grows.
    Text,
    /// How it ended, as JSON; there once it has.
    End,
}

/// What a node replies about an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// A piece of it. Several may answer one question; each says where it belongs.
    Piece(Piece),
    /// It will end where it is.
    Stopping,
    /// There is no such answer here, or not for this person.
    Unknown,
}

/// A piece of a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Of which part.
    pub part: AnswerPart,
    /// Bytes of the part before it.
    pub offset: usize,
    /// The piece; empty when there is no more now.
    pub text: String,
    /// Bytes that the part has so far.
    pub size: usize,
    /// Bytes that the answer's text has so far.
    pub text_size: usize,
    /// Whether the answer has ended.
    pub ended: bool,
}

impl Piece {
    /// As much of `text` from its beginning as one message carries.
    pub fn fitting(text: &str) -> &str {
        let mut room = MAX_PIECE_BYTES;
        for (at, c) in text.char_indices() {
            let written = match c {
                '"' | '\\' | '\n' | '\r' | '\t' => 2,
                c if c.is_control() => 6,
                c => c.len_utf8(),
            };
            if written > room {
                return &text[..at];
            }
            room -= written;
        }
        text
    }
}

impl BusMessage {
    /// The only node that it is for; all when none.
    pub fn to(&self) -> Option<&NodeId> {
        match self {
            Self::Ask { to, .. } | Self::Reply { to, .. } => Some(to),
            Self::Live(_) | Self::Wrote { .. } | Self::Forget { .. } | Self::Erasing { .. } => None,
        }
    }
}

impl From<LiveEvent> for BusMessage {
    fn from(event: LiveEvent) -> Self {
        Self::Live(event)
    }
}
