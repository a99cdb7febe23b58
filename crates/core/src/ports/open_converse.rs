use std::{fmt::Debug, path::Path};

use crate::{Result, Timestamp};

/// Reads the databases of OpenConverse, a desktop program, of every form it has had.
///
/// Contract: it blocks as long as reading takes, changes nothing, and takes nothing in the file on trust. Sessions come
/// before conversations and these before messages; the messages of a conversation come one after the other in the order
/// in which they were said.
pub trait OpenConverseReader: Send + Sync + Debug {
    /// Tells the rows of the database at `path` until `tell` answers that no more is wanted. `Invalid` when it is no
    /// database of this program, `Malformed` when it is damaged.
    fn read(&self, path: &Path, tell: &mut dyn FnMut(OpenConverseRow) -> bool) -> Result<()>;
}

/// What identifies a row: its number starts from 1 in each database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// Its number.
    pub id: i64,
    /// Made at.
    pub created_at: Option<Timestamp>,
}

/// A row as it is stored, unchecked.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenConverseRow {
    /// A session, or a persona.
    Session {
        /// Itself.
        key: RowKey,
        /// Its name.
        name: String,
        /// Whom the assistant plays.
        role: Option<String>,
        /// What is to be reached.
        goals: Option<String>,
    },
    /// A conversation, or a session that is one.
    Conversation {
        /// Itself.
        key: RowKey,
        /// The session it belongs to.
        session: Option<RowKey>,
        /// Its name, where it has one.
        title: Option<String>,
        /// Whether it was put away.
        is_archived: bool,
    },
    /// A message.
    Message {
        /// Its number.
        id: i64,
        /// Where it was said; none when that is missing.
        conversation: Option<RowKey>,
        /// Who speaks.
        role: String,
        /// What was said.
        content: String,
        /// Said at.
        at: Option<Timestamp>,
        /// The model of its session.
        model: Option<String>,
    },
    /// A memory, or a document.
    Memory {
        /// The table it stands in.
        table: &'static str,
        /// Itself.
        key: RowKey,
        /// What to remember.
        content: String,
        /// Until when.
        expires_at: Option<Timestamp>,
    },
    /// A row that holds something else than its table says.
    Unreadable {
        /// The table it stands in.
        table: &'static str,
        /// Its number.
        id: i64,
    },
}

impl OpenConverseRow {
    /// The table of documents.
    pub const DOCUMENTS: &'static str = "vector_db";
}
