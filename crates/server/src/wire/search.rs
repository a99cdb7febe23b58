use std::ops::Range;

use jarvis_core::{Json, Timestamp, id::MessageId, policy::ranking::Part, ports::Snippet, types::DocKind};
use jarvis_engine::{SearchHit, SearchItem};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ItemKind, Memory, Role, SearchMode};
use crate::extract::Submission;

/// What a search found, best first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchResults<'a> {
    #[serde(serialize_with = "hits")]
    #[schema(value_type = Vec<Hit>)]
    hits: &'a [SearchHit],
    /// Texts that match.
    total: u64,
    /// Whether `total` counts all of them; a lower bound otherwise.
    total_is_exact: bool,
    /// Ask with it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    query_time_ms: f64,
}

impl<'a> From<&'a jarvis_engine::SearchResults> for SearchResults<'a> {
    fn from(found: &'a jarvis_engine::SearchResults) -> Self {
        Self {
            hits: &found.hits,
            total: found.total,
            total_is_exact: found.total_is_exact,
            next_cursor: found.next_offset.map(|offset| offset.to_string()),
            query_time_ms: millis(found),
        }
    }
}

/// Milliseconds to the microsecond.
fn millis(found: &jarvis_engine::SearchResults) -> f64 {
    found.took.as_micros() as f64 / 1e3
}

fn hits<S: Serializer>(hits: &[SearchHit], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, Hit<'_>, _>(hits, serializer)
}

/// A text found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hit<'a> {
    /// The message or memory.
    id: Uuid,
    kind: ItemKind,
    /// Null for memories.
    conversation_id: Option<Uuid>,
    /// Absent for memories.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    content: &'a str,
    #[serde(flatten)]
    snippet: Passage<'a>,
    /// Comparable within one search only.
    score: f32,
    /// What made the score, by name; only with `explain=true`.
    #[serde(skip_serializing_if = "<[Part]>::is_empty", serialize_with = "parts")]
    #[schema(value_type = Option<Object>, example = json!({"words": 0.61, "meaning": 0.7}))]
    explain: &'a [Part],
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The messages a memory was taken from; absent for messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Uuid>>)]
    source_message_ids: Option<&'a [MessageId]>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Json>,
}

impl<'a> From<&'a SearchHit> for Hit<'a> {
    fn from(hit: &'a SearchHit) -> Self {
        let (id, kind, conversation, role, created_at, metadata) = match &hit.item {
            SearchItem::Message(row) => (
                *row.id.as_uuid(),
                DocKind::Message,
                Some(*row.conversation_id.as_uuid()),
                Some(row.role.into()),
                row.created_at,
                row.metadata.as_ref(),
            ),
            SearchItem::Memory(row) => {
                (*row.id.as_uuid(), DocKind::Memory, None, None, row.created_at, row.metadata.as_ref())
            }
        };
        let source_message_ids = match &hit.item {
            SearchItem::Message(_) => None,
            SearchItem::Memory(row) => Some(row.source_message_ids.as_slice()),
        };
        Self {
            id,
            kind: kind.into(),
            conversation_id: conversation,
            role,
            content: hit.item.content(),
            snippet: (&hit.snippet).into(),
            score: hit.score,
            explain: &hit.parts,
            created_at,
            source_message_ids,
            metadata,
        }
    }
}

fn parts<S: Serializer>(parts: &[Part], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parts.iter().map(|part| (part.name, part.value)))
}

/// The most telling passage of a text.
#[derive(Serialize, ToSchema)]
struct Passage<'a> {
    /// Plain text, with `…` where it was cut.
    snippet: &'a str,
    /// Where `snippet` matches: pairs of start and end, counted in characters (Unicode scalar values), end excluded.
    #[schema(value_type = Vec<[u32; 2]>)]
    snippet_matches: Vec<[usize; 2]>,
}

impl<'a> From<&'a Snippet> for Passage<'a> {
    fn from(snippet: &'a Snippet) -> Self {
        Self { snippet: &snippet.text, snippet_matches: in_characters(&snippet.text, &snippet.matches) }
    }
}

/// Byte ranges, ascending, as ranges of characters. A range that does not fall on characters is left out.
fn in_characters(text: &str, ranges: &[Range<usize>]) -> Vec<[usize; 2]> {
    let (mut byte, mut character) = (0, 0);
    let mut position = |at: usize| {
        character += text.get(byte..at)?.chars().count();
        byte = at;
        Some(character)
    };
    ranges.iter().filter_map(|range| Some([position(range.start)?, position(range.end)?])).collect()
}

/// Memories found, best first.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemoryResults<'a> {
    #[serde(serialize_with = "memory_hits")]
    #[schema(value_type = Vec<MemoryHit>)]
    results: &'a [SearchHit],
    /// Memories that match.
    total: u64,
    /// Ask with it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    query_time_ms: f64,
}

impl<'a> From<&'a jarvis_engine::SearchResults> for MemoryResults<'a> {
    fn from(found: &'a jarvis_engine::SearchResults) -> Self {
        Self {
            results: &found.hits,
            total: found.total,
            next_cursor: found.next_offset.map(|offset| offset.to_string()),
            query_time_ms: millis(found),
        }
    }
}

fn memory_hits<S: Serializer>(hits: &[SearchHit], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(hits.iter().filter_map(|hit| match &hit.item {
        SearchItem::Memory(row) => {
            Some(MemoryHit { memory: row.into(), passage: (&hit.snippet).into(), score: hit.score })
        }
        SearchItem::Message(_) => None,
    }))
}

/// A memory found.
#[derive(Serialize, ToSchema)]
struct MemoryHit<'a> {
    #[serde(flatten)]
    memory: Memory<'a>,
    #[serde(flatten)]
    passage: Passage<'a>,
    /// Comparable within one search only.
    score: f32,
}

/// What to look for among memories.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"query": "peanuts", "limit": 5}))]
pub(crate) struct MemorySearchBody {
    /// At most 1 000 characters. `q` is taken as well.
    #[serde(default, alias = "q")]
    #[schema(required = true)]
    pub(crate) query: String,
    /// `text` when absent.
    #[serde(default)]
    #[schema(inline)]
    pub(crate) mode: Option<SearchMode>,
    /// 1 to 200; 10 when absent.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
    /// The local user on whose behalf this is sent.
    #[serde(default)]
    user_id: Option<String>,
}

impl Submission for MemorySearchBody {
    fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::in_characters;

    #[test]
    fn byte_ranges_become_ranges_of_characters() {
        let text = "…l’été à Nice";
        let summer = text.find("été").unwrap();
        let nice = text.find("Nice").unwrap();
        let ranges = [summer..summer + "été".len(), nice..nice + 4];
        assert_eq!(in_characters(text, &ranges), [[3, 6], [9, 13]]);
        let inside_a_character = 1..2;
        assert!(in_characters(text, std::slice::from_ref(&inside_a_character)).is_empty());
    }
}
