//! Finding texts: by words, by meaning, by both.

mod by_words;
mod hydrate;
mod ranked;

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::ConversationId,
    policy::ranking::Part,
    ports::{KindFilter, Snippet},
    types::{DocRef, Memory, Message, Role},
};

use crate::{
    context::Context,
    limits::{self, MAX_QUERY_CHARS, MAX_SEARCH_LIMIT, MAX_SEARCH_OFFSET},
    recall::Asked,
};

pub(crate) use hydrate::hydrate;

/// Finding texts.
#[derive(Debug)]
pub struct Search {
    context: Context,
}

/// How texts are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchMode {
    /// By their words.
    #[default]
    Text,
    /// By their meaning.
    Vector,
    /// By both, as recall does it.
    Hybrid,
}

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRequest {
    /// Words, `"phrases"`, `word~`, `-word`.
    pub query: String,
    /// How.
    pub mode: SearchMode,
    /// Whether hits tell what made their score.
    pub explain: bool,
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
    /// Hits at most.
    pub limit: usize,
    /// Hits of the index to skip: 0, or `next_offset` of the page before.
    pub offset: usize,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResults {
    /// Best first.
    pub hits: Vec<SearchHit>,
    /// Texts that match.
    pub total: u64,
    /// Whether `total` counts all of them or is a lower bound.
    pub total_is_exact: bool,
    /// Where the next page begins; none on the last.
    pub next_offset: Option<usize>,
    /// Time taken.
    pub took: Duration,
}

/// A text found, as the store has it now.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchHit {
    /// The row.
    pub item: SearchItem,
    /// BM25, cosine or the sum of the parts; comparable within one search only.
    pub score: f32,
    /// What made the score, when that was asked.
    pub parts: Vec<Part>,
    /// The most telling passage.
    pub snippet: Snippet,
}

/// A row found.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchItem {
    /// A turn of a conversation.
    Message(Message),
    /// A memory.
    Memory(Memory),
}

impl SearchItem {
    /// Its identity.
    pub fn doc(&self) -> DocRef {
        match self {
            Self::Message(message) => message.id.into(),
            Self::Memory(memory) => memory.id.into(),
        }
    }

    /// The name of who said it, where several people share a role.
    pub(crate) fn author(&self) -> Option<&str> {
        match self {
            Self::Message(message) => message.author.as_deref(),
            Self::Memory(_) => None,
        }
    }

    /// Said or made at.
    pub(crate) fn created_at(&self) -> Timestamp {
        match self {
            Self::Message(message) => message.created_at,
            Self::Memory(memory) => memory.created_at,
        }
    }

    /// The text of the row.
    pub fn content(&self) -> &str {
        match self {
            Self::Message(message) => &message.content,
            Self::Memory(memory) => &memory.content,
        }
    }
}

/// Hits of one page, and what is known of the whole.
struct Page {
    hits: Vec<Scored>,
    total: u64,
    total_is_exact: bool,
    next_offset: Option<usize>,
}

/// A row with its worth.
struct Scored {
    item: SearchItem,
    score: f32,
    parts: Vec<Part>,
}

impl Search {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Searches; what was stored before the call is found by its words, and by its meaning as soon as it has a vector.
    #[tracing::instrument(name = "search.find", target = "jarvis", skip_all)]
    pub async fn find(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchResults> {
        let begun = Instant::now();
        check(request)?;
        let is_whole = self.context.indexes.caught_up().await;
        let asked = Asked::from(request);
        let page = match request.mode {
            SearchMode::Text => by_words::page(&self.context, scope, &asked, request.window()).await?,
            SearchMode::Vector => ranked::near(&self.context, scope, &asked, request.window()).await?,
            SearchMode::Hybrid => ranked::by_both(&self.context, scope, &asked, request.window()).await?,
        };
        let Page { hits, total, total_is_exact, next_offset } = page;
        let hits = self.with_snippets(request, hits).await?;
        // what the index does not have yet is not counted
        let total_is_exact = total_is_exact && is_whole;
        Ok(SearchResults { hits, total, total_is_exact, next_offset, took: begun.elapsed() })
    }

    async fn with_snippets(&self, request: &SearchRequest, found: Vec<Scored>) -> Result<Vec<SearchHit>> {
        let texts: Vec<&str> = found.iter().map(|hit| hit.item.content()).collect();
        let snippets = self.context.ports.text.snippets(&request.query, &texts).await?;
        let hit = |(Scored { item, score, parts }, snippet)| {
            let parts = if request.explain { parts } else { Vec::new() };
            SearchHit { item, score, parts, snippet }
        };
        Ok(found.into_iter().zip(snippets).map(hit).collect())
    }
}

impl SearchRequest {
    /// The places of the hits that are wanted.
    fn window(&self) -> Range<usize> {
        self.offset..self.offset + self.limit
    }
}

impl From<&SearchRequest> for Asked {
    fn from(request: &SearchRequest) -> Self {
        Self {
            question: request.query.clone(),
            kinds: request.kinds,
            conversation_id: request.conversation_id,
            role: request.role,
            from: request.from,
            until: request.until,
            // every one may be turned to, and explained
            memories_read: usize::MAX,
        }
    }
}

fn check(request: &SearchRequest) -> Result<()> {
    limits::required_text("q", &request.query, MAX_QUERY_CHARS * 4)?;
    limits::bounded_chars("q", &request.query, MAX_QUERY_CHARS)?;
    if request.limit == 0 || request.limit > MAX_SEARCH_LIMIT {
        return Err(Error::invalid("limit", format!("limit must be from 1 to {MAX_SEARCH_LIMIT}")));
    }
    if request.offset > MAX_SEARCH_OFFSET {
        let message = format!("a search shows at most the first {MAX_SEARCH_OFFSET} hits; narrow it with filters");
        return Err(Error::invalid("cursor", message));
    }
    if let (Some(from), Some(until)) = (request.from, request.until)
        && from >= until
    {
        return Err(Error::invalid("from", "from must be before until"));
    }
    Ok(())
}
