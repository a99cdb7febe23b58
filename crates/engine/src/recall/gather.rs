//! What may answer a question: both legs propose, the sitting around each proposal joins, and both legs score all of it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, MessageId},
    policy::ranking,
    ports::{KindFilter, TextQuery, TextScore, TextScores, VectorFilter},
    types::{DocKind, DocRef, Message, RECALL_MODEL, Role},
};

use uuid::Uuid;

use crate::{context::Context, search::SearchItem, vectors};

/// Texts that each leg proposes, whatever the number that is kept: the order of the best must not depend on how many are
/// asked for.
const PROPOSALS: usize = 100;

/// What is asked, and where an answer may stand.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) question: String,
    pub(crate) kinds: KindFilter,
    pub(crate) conversation_id: Option<ConversationId>,
    pub(crate) role: Option<Role>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
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
        Self { question, kinds: KindFilter::All, conversation_id: None, role: None, from: None, until: None }
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
    let query = asked.text_query(scope, PROPOSALS);
    let by_meaning = async {
        let vector = vector_of(context, &asked.question).await?;
        let near = context.vectors.nearest(&vector, asked.vector_filter(scope), PROPOSALS).await;
        Some((vector, near.inspect_err(warn_of_vectors).unwrap_or_default()))
    };
    let (by_words, by_meaning) = tokio::join!(context.ports.text.search(&query), by_meaning);
    let (vector, near) = by_meaning.unzip();
    let near = near.into_iter().flatten().map(|hit| hit.doc);
    let proposed: Vec<DocRef> = by_words?.hits.iter().map(|hit| hit.doc).chain(near).collect();
    let items = with_sittings(context, scope, &proposed).await?;
    let docs: Vec<DocRef> = items.iter().map(SearchItem::doc).collect();
    let authors: BTreeSet<&str> = items.iter().filter_map(SearchItem::author).collect();
    let question = ranking::without_names(&asked.question, authors.into_iter());
    let vector = if question == asked.question { vector } else { vector_of(context, &question).await };
    // neighbours are scored too, whoever said them
    let everywhere = TextQuery {
        text: ranking::without_dates(&question),
        kinds: KindFilter::All,
        role: None,
        from: None,
        until: None,
        ..query
    };
    let (text, cosines) =
        tokio::join!(context.ports.text.score(&everywhere, &docs), cosines(context, vector.as_deref(), &docs));
    let TextScores { words, docs } = text?;
    let mut cosines = cosines.into_iter();
    let found = items.into_iter().zip(docs).map(|(item, text)| Gathered {
        text,
        vector: cosines.next().flatten().unwrap_or(0.0),
        eligible: asked.allows(&item) && !excluded.contains(&item.doc()),
        item,
    });
    Ok(Gathering { found: found.collect(), words })
}

/// A question's vector; none when the model knows no word of it, or cannot be asked now.
async fn vector_of(context: &Context, question: &str) -> Option<Arc<[f32]>> {
    context.vectors.of_question(question).await.inspect_err(warn_of_vectors).ok().flatten()
}

/// Nearness of each text to a vector; nothing when there is none to be had.
async fn cosines(context: &Context, vector: Option<&[f32]>, docs: &[DocRef]) -> Vec<Option<f32>> {
    let Some(vector) = vector else { return Vec::new() };
    context.vectors.score(vector, docs).await.inspect_err(warn_of_vectors).unwrap_or_default()
}

fn warn_of_vectors(error: &Error) {
    tracing::warn!(?error, "vectors could not be asked; words alone decide");
}

/// The rows of what was proposed and of what was said just before and after it. What is gone, foreign, expired or in the
/// bin is left out.
async fn with_sittings(context: &Context, scope: &Scope, proposed: &[DocRef]) -> Result<Vec<SearchItem>> {
    let of_kind = |kind| proposed.iter().filter(move |doc| doc.kind == kind).map(|doc| doc.id);
    let unique = |ids: HashSet<Uuid>| {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids
    };
    let hits: HashSet<_> = of_kind(DocKind::Message).collect();
    let messages: Vec<MessageId> = unique(hits.clone()).into_iter().map(MessageId::from).collect();
    let memories: Vec<MemoryId> = unique(of_kind(DocKind::Memory).collect()).into_iter().map(MemoryId::from).collect();
    let (store, now) = (&context.ports.store, context.now());
    let around = async || match messages.as_slice() {
        [] => Ok(Vec::new()),
        messages => store.messages().around(scope, messages, ranking::REACH).await,
    };
    let current = async |memories: &[MemoryId]| match memories {
        [] => Ok(Vec::new()),
        memories => store.memories().hydrate(scope, memories, now).await,
    };
    // Two halves side by side: looking up two hundred keys is the longest step on the way to an answer.
    let (some, others) = memories.split_at(memories.len().div_ceil(2));
    let (rows, some, others) = tokio::try_join!(around(), current(some), current(others))?;
    let mut items: Vec<SearchItem> = in_sittings(rows, &hits).into_iter().map(SearchItem::Message).collect();
    items.extend(some.into_iter().chain(others).map(SearchItem::Memory));
    Ok(items)
}

/// Keeps of `rows`, ordered by conversation and position, what was proposed and what stands near it in its sitting.
fn in_sittings(rows: Vec<Message>, hits: &HashSet<Uuid>) -> Vec<Message> {
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
