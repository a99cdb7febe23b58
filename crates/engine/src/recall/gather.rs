//! What may answer a question: both legs propose, the sitting around each proposal joins, and both legs score all of it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, MessageId},
    policy::ranking,
    ports::{KindFilter, TextQuery, TextScore, VectorFilter},
    types::{DocKind, DocRef, Memory, Message, RECALL_MODEL, Role},
};

use uuid::Uuid;

use super::scoring::{Score, Scoring};
use crate::{context::Context, search::SearchItem, vectors};

/// Texts that each leg proposes, whatever the number that is kept: the order of the best must not depend on how many are
/// asked for.
const PROPOSALS: usize = 100;

/// Memories that a chat's recall reads: several times those that a prompt shows.
const MEMORIES_READ: usize = 48;

/// What is asked, and where an answer may stand.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) question: String,
    pub(crate) kinds: KindFilter,
    pub(crate) conversation_id: Option<ConversationId>,
    pub(crate) role: Option<Role>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// Memories that are looked up, those that their scores put first.
    pub(crate) memories_read: usize,
}

/// A text that may answer, with what each leg says of it.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) item: SearchItem,
    /// What it has of the words.
    pub(crate) text: TextScore,
    /// Cosine; 0 without a vector.
    pub(crate) vector: f32,
    /// Whether it may be shown. The others lend their score to their neighbours.
    pub(crate) eligible: bool,
}

/// What may answer, and how much each word of the question tells.
#[derive(Debug)]
pub(crate) struct Gathering {
    pub(crate) found: Vec<Gathered>,
    pub(crate) words: Vec<f32>,
}

impl Asked {
    /// Anything of the person's.
    pub(crate) fn anywhere(question: String) -> Self {
        Self {
            question,
            kinds: KindFilter::All,
            conversation_id: None,
            role: None,
            from: None,
            until: None,
            memories_read: MEMORIES_READ,
        }
    }

    pub(crate) fn text_query(&self, scope: &Scope, limit: usize) -> TextQuery {
        TextQuery {
            kinds: self.kinds,
            conversation_id: self.conversation_id,
            role: self.role,
            from: self.from,
            until: self.until,
            // What the `recall` model answered only quotes others: the quoted text itself is found, or was erased.
            recallable_only: true,
            ..TextQuery::new(self.question.clone(), scope.user(), limit)
        }
    }

    pub(crate) fn vector_filter(&self, scope: &Scope) -> VectorFilter {
        let mut filter = VectorFilter { from: self.from, until: self.until, ..vectors::filter(scope) };
        filter.all.extend(vectors::of_kind(self.kinds));
        filter.all.extend(self.conversation_id.map(|id| vec![vectors::conversation(id)]));
        filter.all.extend(self.role.map(|role| vec![vectors::role(role)]));
        filter
    }

    fn allows(&self, item: &SearchItem) -> bool {
        let in_time =
            |at: Timestamp| self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until);
        match item {
            SearchItem::Message(row) => {
                self.kinds.allows(DocKind::Message)
                    && in_time(row.created_at)
                    && self.role.is_none_or(|role| role == row.role)
                    && self.conversation_id.is_none_or(|id| id == row.conversation_id)
            }
            SearchItem::Memory(row) => {
                self.kinds.allows(DocKind::Memory)
                    && in_time(row.created_at)
                    && self.role.is_none()
                    && self.conversation_id.is_none()
            }
        }
    }
}

/// Gathers what may answer. `excluded` is not shown, but lends its score. When the vectors cannot be asked, words alone
/// decide.
pub(crate) async fn gather(
    context: &Context,
    scope: &Scope,
    asked: &Asked,
    excluded: &HashSet<DocRef>,
) -> Result<Gathering> {
    let Proposed { messages, memories } = proposed(context, scope, asked).await?;
    let scoring = Scoring { context, scope, asked };
    // reading is the longest step on the way to an answer, so not every memory is read
    let (rows, memories) = tokio::try_join!(around(context, scope, &messages), scoring.promising(memories))?;
    let turns: Vec<SearchItem> = in_sittings(rows, &messages).into_iter().map(SearchItem::Message).collect();
    let authors: BTreeSet<&str> = turns.iter().filter_map(SearchItem::author).collect();
    let question = ranking::without_names(&asked.question, authors.into_iter());
    // neighbours are scored too, whoever said them
    let docs: Vec<DocRef> = turns.iter().map(SearchItem::doc).chain(memories.iter().copied()).collect();
    let (scores, known) = tokio::try_join!(scoring.of(&question, &docs), current(context, scope, &memories))?;
    let items = turns.into_iter().chain(known.into_iter().map(SearchItem::Memory));
    let found = items.map(|item| {
        let Score { text, vector } = scores.of(item.doc());
        Gathered { text, vector, eligible: asked.allows(&item) && !excluded.contains(&item.doc()), item }
    });
    Ok(Gathering { found: found.collect(), words: scores.words })
}

/// What the legs propose, each text once, by its kind.
struct Proposed {
    messages: Vec<DocRef>,
    memories: Vec<DocRef>,
}

async fn proposed(context: &Context, scope: &Scope, asked: &Asked) -> Result<Proposed> {
    let by_meaning = async {
        let vector = vector_of(context, &asked.question).await?;
        let near = context.vectors.nearest(&vector, asked.vector_filter(scope), PROPOSALS).await;
        near.inspect_err(warn_of_vectors).ok()
    };
    let query = asked.text_query(scope, PROPOSALS);
    let (by_words, by_meaning) = tokio::join!(context.ports.text.search(&query), by_meaning);
    let near = by_meaning.into_iter().flatten().map(|hit| hit.doc);
    let mut docs: Vec<DocRef> = by_words?.hits.iter().map(|hit| hit.doc).chain(near).collect();
    docs.sort_unstable();
    docs.dedup();
    let (messages, memories) = docs.into_iter().partition(|doc| doc.kind == DocKind::Message);
    Ok(Proposed { messages, memories })
}

/// A question's vector; none when the model knows no word of it, or cannot be asked now.
pub(super) async fn vector_of(context: &Context, question: &str) -> Option<Arc<[f32]>> {
    context.vectors.of_question(question).await.inspect_err(warn_of_vectors).ok().flatten()
}

pub(super) fn warn_of_vectors(error: &Error) {
    tracing::warn!(?error, "vectors could not be asked; words alone decide");
}

/// Messages, and what was said just before and after each, ordered by conversation and position. What is gone, foreign or in
/// the bin is left out.
async fn around(context: &Context, scope: &Scope, messages: &[DocRef]) -> Result<Vec<Message>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<MessageId> = messages.iter().map(|doc| doc.id.into()).collect();
    context.ports.store.messages().around(scope, &ids, ranking::REACH).await
}

/// Memories as they are now. What is gone, foreign, closed or expired is left out.
async fn current(context: &Context, scope: &Scope, memories: &[DocRef]) -> Result<Vec<Memory>> {
    if memories.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<MemoryId> = memories.iter().map(|doc| doc.id.into()).collect();
    // neighbours in the store's pages
    ids.sort_unstable();
    let now = context.now();
    let read = async |ids: &[MemoryId]| match ids {
        [] => Ok(Vec::new()),
        ids => context.ports.store.memories().hydrate(scope, ids, now).await,
    };
    // two halves side by side
    let (some, others) = ids.split_at(ids.len().div_ceil(2));
    let (mut some, others) = tokio::try_join!(read(some), read(others))?;
    some.extend(others);
    Ok(some)
}

/// Keeps of `rows`, ordered by conversation and position, what was proposed and what stands near it in its sitting.
fn in_sittings(rows: Vec<Message>, hits: &[DocRef]) -> Vec<Message> {
    let hits: HashSet<Uuid> = hits.iter().map(|hit| hit.id).collect();
    let sittings = ranking::sittings(rows.iter().map(|row| ranking::Place {
        conversation: row.conversation_id,
        position: row.position,
        at: row.created_at,
    }));
    let with_hits: HashMap<usize, Vec<i64>> = rows
        .iter()
        .zip(&sittings)
        .filter(|(row, _)| hits.contains(row.id.as_uuid()))
        .fold(HashMap::new(), |mut found, (row, sitting)| {
            found.entry(*sitting).or_insert_with(Vec::new).push(row.position);
            found
        });
    let reach = i64::from(ranking::REACH);
    let is_near = |sitting: usize, position: i64| {
        with_hits.get(&sitting).is_some_and(|hits| hits.iter().any(|hit| (hit - position).abs() <= reach))
    };
    rows.into_iter()
        .zip(sittings)
        .filter(|(row, sitting)| is_near(*sitting, row.position) && speaks(row))
        .map(|(row, _)| row)
        .collect()
}

/// Whether somebody said it, rather than a program or the model that only quotes.
fn speaks(row: &Message) -> bool {
    match row.role {
        Role::User => true,
        Role::Assistant => row.model.as_deref() != Some(RECALL_MODEL),
        Role::System | Role::Tool => false,
    }
}
