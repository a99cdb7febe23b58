use async_trait::async_trait;
use std::{fmt::Debug, ops::Range};

use crate::{
    Result, Timestamp,
    id::{ConversationId, UserId},
    ports::Health,
    types::{DocKind, DocRef, OutboxEntry, OutboxSeq, Role},
};

/// Full text over messages and memories. Derived data: the store is the truth, and losing an index loses nothing. One index may
/// be shared by all nodes: then each follows the store, and a change is applied by the first that comes to it.
///
/// Contract:
/// - `apply` takes entries in ascending order; entries at or below the position already applied are ignored, so applying
///   twice is the same as once. When it returns, searches see the change.
/// - `position` is what would survive a crash now; it never runs ahead of the documents.
/// - `search` and `score` answer for one user only and use the same scores (BM25, k1 0.9, b 0.4; the same document under
///   both gets the same score). Equal scores are ordered newest first, then by id.
/// - A damaged index is set aside and starts empty at position 0; it never makes the product fail to start.
#[async_trait]
pub trait TextIndex: Send + Sync + Debug {
    /// Really asks the index.
    async fn check(&self) -> Health;

    /// Applies changes; visible to searches on return, durable at the next commit. Entries with `seq` 0 come from a
    /// snapshot: they are applied whatever the position, and do not move it.
    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()>;

    /// After a rebuild from a snapshot: notes that everything up to `position` is in the index, so that following the
    /// store goes on behind it. Durable at the next commit, together with what was applied before.
    async fn resume_at(&self, position: OutboxSeq) -> Result<()>;

    /// Proposes the best documents for a query. Ids only: the caller reads the rows, under the owner's scope.
    async fn search(&self, query: &TextQuery) -> Result<TextHits>;

    /// Scores given documents for a query, in the order asked; 0 for those that do not match or are not in its filters.
    async fn score(&self, query: &TextQuery, docs: &[DocRef]) -> Result<TextScores>;

    /// The most telling passage of each text for a query, at most about 240 characters, with the matches in it.
    async fn snippets(&self, query: &str, texts: &[&str]) -> Result<Vec<Snippet>>;

    /// Documents in the index, those not yet committed included.
    async fn count(&self) -> Result<u64>;

    /// Makes all that was applied durable and answers the position reached.
    async fn commit(&self) -> Result<OutboxSeq>;

    /// Makes all that was applied durable, and takes what was deleted before this call out of every file, copies of a damaged
    /// index included; out of a database server's log and backups when its operator lets them go. `Unavailable` when
    /// something that reads keeps it there for now.
    async fn scrub(&self) -> Result<()>;

    /// The last change that would survive a crash; 0 when empty.
    async fn position(&self) -> Result<OutboxSeq>;

    /// The last change applied, durable or not, by this process or to a shared index by any; at least [`TextIndex::position`].
    async fn applied(&self) -> Result<OutboxSeq>;

    /// Forgets every document and goes back to position 0.
    async fn clear(&self) -> Result<()>;
}

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct TextQuery {
    /// Words; `"quoted words"` must stand together; `word~` also matches words one or two letters away; `-word` must not
    /// occur. Never an error: what cannot be understood is taken as words.
    pub text: String,
    /// Whose.
    pub user_id: UserId,
    /// Messages, memories or both.
    pub kinds: KindFilter,
    /// Only of this conversation.
    pub conversation_id: Option<ConversationId>,
    /// Only said by this role.
    pub role: Option<Role>,
    /// Only at or after.
    pub from: Option<Timestamp>,
    /// Only before.
    pub until: Option<Timestamp>,
    /// Only what recall may propose (see `IndexDocument::recallable`).
    pub recallable_only: bool,
    /// Hits at most.
    pub limit: usize,
    /// Hits to skip.
    pub offset: usize,
}

impl TextQuery {
    /// All of one person's texts, the best `limit`.
    pub fn new(text: impl Into<String>, user_id: UserId, limit: usize) -> Self {
        Self {
            text: text.into(),
            user_id,
            kinds: KindFilter::All,
            conversation_id: None,
            role: None,
            from: None,
            until: None,
            recallable_only: false,
            limit,
            offset: 0,
        }
    }
}

/// What kind of documents to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KindFilter {
    /// Both.
    All,
    /// Turns of conversations.
    Messages,
    /// Memories.
    Memories,
}

impl KindFilter {
    /// Whether it lets `kind` through.
    pub const fn allows(self, kind: DocKind) -> bool {
        match self {
            Self::All => true,
            Self::Messages => matches!(kind, DocKind::Message),
            Self::Memories => matches!(kind, DocKind::Memory),
        }
    }
}

/// Documents found.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TextHits {
    /// Best first.
    pub hits: Vec<TextHit>,
    /// Documents that match in all; a lower bound when `total_is_exact` is false.
    pub total: u64,
    /// Whether every match was counted.
    pub total_is_exact: bool,
}

/// A document found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextHit {
    /// Which.
    pub doc: DocRef,
    /// BM25; comparable within one query to one index only, since some know the length of a text more exactly than others.
    pub score: f32,
    /// Said or made at.
    pub created_at: Timestamp,
}

/// What given documents have of a query.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TextScores {
    /// How much each distinct word of the query tells (its inverse document frequency in the scope), in the order of the
    /// query, stop words left out; 0 for a word that nobody said. At most 64.
    pub words: Vec<f32>,
    /// One for each document.
    pub docs: Vec<TextScore>,
}

/// What a document has of a query.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct TextScore {
    /// BM25; 0 when it does not match.
    pub score: f32,
    /// The words it has: bit `i` is set for the `i`th of [`TextScores::words`].
    pub words: u64,
}

/// A passage of a text.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Snippet {
    /// The passage, with `…` where it was cut.
    pub text: String,
    /// Byte ranges of `text` that match, ascending, not overlapping.
    pub matches: Vec<Range<usize>>,
}
