use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, MessageId},
    ports::{KindFilter, Snippet, TextHit, TextQuery},
    types::{DocKind, DocRef, Memory, Message, Role},
};

use crate::{
    context::Context,
    limits::{self, MAX_QUERY_CHARS, MAX_SEARCH_LIMIT, MAX_SEARCH_OFFSET},
};

/// Times the index is asked for more when rows it proposed are gone or in the bin.
const MAX_ROUNDS: usize = 8;

/// Finding texts.
#[derive(Debug)]
pub struct Search {
    context: Context,
}

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRequest {
    /// Words, `"phrases"`, `word~`, `-word`.
    pub query: String,
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
    /// BM25; comparable within one search only.
    pub score: f32,
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
    /// The text of the row.
    pub fn content(&self) -> &str {
        match self {
            Self::Message(message) => &message.content,
            Self::Memory(memory) => &memory.content,
        }
    }
}

impl Search {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Searches; what was stored before the call is found.
    pub async fn find(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchResults> {
        let begun = Instant::now();
        check(request)?;
        self.context.indexes.caught_up().await;
        let mut found: Vec<(SearchItem, f32)> = Vec::with_capacity(request.limit);
        let mut offset = request.offset;
        let mut next_offset = None;
        let mut counted = (0, true);
        let mut gone = 0;
        for _ in 0..MAX_ROUNDS {
            let query = text_query(scope, request, offset);
            let answer = self.context.ports.text.search(&query).await?;
            counted = (answer.total, answer.total_is_exact);
            let proposed = answer.hits.len();
            let mut items = hydrate(&self.context, scope, &answer.hits).await?;
            for (index, hit) in answer.hits.iter().enumerate() {
                match items.remove(&hit.doc) {
                    Some(item) => found.push((item, hit.score)),
                    // Expired, or hidden since: the index still counts it.
                    None => gone += 1,
                }
                if found.len() == request.limit {
                    let more = index + 1 < proposed || proposed == request.limit;
                    next_offset = more.then_some(offset + index + 1);
                    break;
                }
            }
            offset += proposed;
            if found.len() == request.limit || proposed < request.limit || offset > MAX_SEARCH_OFFSET {
                break;
            }
        }
        let next_offset = next_offset.filter(|&next| next <= MAX_SEARCH_OFFSET);
        let hits = self.with_snippets(&request.query, found).await?;
        let (total, total_is_exact) =
            (counted.0.saturating_sub(gone), counted.1 && (gone == 0 || next_offset.is_none()));
        Ok(SearchResults { hits, total, total_is_exact, next_offset, took: begun.elapsed() })
    }

    async fn with_snippets(&self, query: &str, found: Vec<(SearchItem, f32)>) -> Result<Vec<SearchHit>> {
        let texts: Vec<&str> = found.iter().map(|(item, _)| item.content()).collect();
        let snippets = self.context.ports.text.snippets(query, &texts).await?;
        let hits = found.into_iter().zip(snippets);
        Ok(hits.map(|((item, score), snippet)| SearchHit { item, score, snippet }).collect())
    }
}

/// Reads the rows behind hits, under the owner's scope: what is gone, foreign, expired or in the bin is not in the map.
pub(crate) async fn hydrate(context: &Context, scope: &Scope, hits: &[TextHit]) -> Result<HashMap<DocRef, SearchItem>> {
    let of_kind = |kind| hits.iter().map(|hit| hit.doc).filter(move |doc| doc.kind == kind).map(|doc| doc.id);
    let messages: Vec<MessageId> = of_kind(DocKind::Message).map(MessageId::from).collect();
    let memories: Vec<MemoryId> = of_kind(DocKind::Memory).map(MemoryId::from).collect();
    let store = &context.ports.store;
    let mut items = HashMap::with_capacity(hits.len());
    if !messages.is_empty() {
        let rows = store.messages().hydrate(scope, &messages).await?;
        items.extend(rows.into_iter().map(|row| (DocRef::from(row.id), SearchItem::Message(row))));
    }
    if !memories.is_empty() {
        let rows = store.memories().hydrate(scope, &memories, context.now()).await?;
        items.extend(rows.into_iter().map(|row| (DocRef::from(row.id), SearchItem::Memory(row))));
    }
    Ok(items)
}

fn text_query(scope: &Scope, request: &SearchRequest, offset: usize) -> TextQuery {
    TextQuery {
        text: request.query.clone(),
        user_id: scope.user(),
        kinds: request.kinds,
        conversation_id: request.conversation_id,
        role: request.role,
        from: request.from,
        until: request.until,
        // What the `recall` model answered only quotes others: the quoted text itself is found, or was erased.
        recallable_only: true,
        limit: request.limit,
        offset,
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
