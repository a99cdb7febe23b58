//! The port.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;
use jarvis_core::{
    Error, Result, Scope,
    ports::{Clock, Health, PlainSealer, Snippet, TextHit, TextHits, TextIndex, TextQuery, TextScore, TextScores},
    text::search::{Question, snippet},
    types::{DocRef, OutboxEntry, OutboxSeq},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

use super::{
    changes::{Changes, Prepared},
    open::prepare,
    question::{Asked, Filters, ask},
};
use crate::{
    PostgresOptions,
    db::Db,
    documents::{is_new, kind_of, position, references},
    error::{Attempt, Failure},
    pool::{Place, Plans},
    readers::Readers,
    row,
    run::Run,
    scrub::until_unseen,
    transaction,
};

/// Changes applied in one transaction.
const BATCH: usize = 256;
/// The deepest hit that can be asked for: offset and limit together.
const MAX_DEPTH: usize = 10_000;
/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_millis(1500);

/// Full text on PostgreSQL. Any number of servers may follow the store with the same index: each change is applied by the
/// first that comes to it.
#[derive(Clone, Debug)]
pub struct PostgresTextIndex {
    place: Arc<Place>,
}

/// What a search or a scoring found: the row stands for nothing found when it has no document.
struct FoundRow {
    total: i64,
    words: Vec<f32>,
    id: Option<Uuid>,
    kind: Option<i16>,
    created_at: Option<DateTime<Utc>>,
    terms: Option<Vec<i32>>,
    score: Option<f32>,
}

impl PostgresTextIndex {
    /// Opens the index in the database that `options` name, making its tables where there are none. An index of another
    /// version begins anew, at position 0.
    pub async fn open(options: PostgresOptions, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let index = Self {
            place: Arc::new(Place::new("postgres_text", options, Plans::ByValues, Arc::new(PlainSealer), clock)?),
        };
        index.write(|db| Box::pin(prepare(db))).await?;
        Ok(Arc::new(index))
    }

    /// Ends its connections once what runs on them is done.
    pub async fn close(&self) {
        self.place.close().await;
    }

    async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Db) -> BoxFuture<'a, Attempt<T>> + Send + Sync + 'static,
    {
        Readers(Arc::clone(&self.place)).ask(Scope::system(), read).await
    }

    async fn write<F>(&self, write: F) -> Result<()>
    where
        F: for<'a> FnOnce(&'a mut Db) -> BoxFuture<'a, Attempt<()>> + Send + 'static,
    {
        transaction::run(Arc::clone(&self.place), write).await
    }

    async fn state(&self) -> Result<(OutboxSeq, u64)> {
        self.read(|db| Box::pin(state(db))).await
    }
}

/// The position and how many documents there are.
async fn state(db: &mut Db) -> Attempt<(OutboxSeq, u64)> {
    let state = sqlx::query_file!("sql/text/state.sql").fetch_optional(db.connection()).await?;
    let state = state.ok_or_else(vanished)?;
    Ok((row::count(state.position), row::count(state.documents)))
}

/// Somebody emptied the table past the product.
fn vanished() -> Failure {
    Error::internal("the text index lost its state; run `jarvis reindex`").into()
}

/// Waits for its turn; answers the position reached.
async fn hold(db: &mut Db) -> Attempt<OutboxSeq> {
    let position = sqlx::query_file_scalar!("sql/text/hold.sql").fetch_optional(db.connection()).await?;
    Ok(row::count(position.ok_or_else(vanished)?))
}

async fn advance(db: &mut Db, reached: OutboxSeq, grown: i64) -> Attempt<()> {
    sqlx::query_file!("sql/text/advance.sql", position(reached), grown).execute(db.connection()).await?;
    Ok(())
}

async fn apply(db: &mut Db, prepared: Vec<Prepared>) -> Attempt<()> {
    let changes = Changes::after(hold(db).await?, prepared);
    let reached = changes.position;
    let mut removed = 0;
    if !changes.conversations.is_empty() {
        let gone = sqlx::query_file!("sql/text/delete_conversations.sql", &changes.conversations);
        removed += gone.execute(db.connection()).await?.rows_affected();
    }
    if !changes.gone.is_empty() {
        let (ids, kinds) = references(&changes.gone);
        removed +=
            sqlx::query_file!("sql/text/delete.sql", &ids, &kinds).execute(db.connection()).await?.rows_affected();
    }
    let columns = changes.columns();
    if !columns.ids.is_empty() {
        sqlx::query_file!(
            "sql/text/insert.sql",
            &columns.ids,
            &columns.kinds,
            &columns.users,
            &columns.conversations as &[Option<Uuid>],
            &columns.roles as &[Option<&str>],
            &columns.recallable,
            &columns.times,
            &columns.words,
            &columns.bodies,
            &columns.repeats as &[Option<String>],
        )
        .execute(db.connection())
        .await?;
    }
    advance(db, reached, columns.ids.len() as i64 - removed as i64).await
}

/// The best documents of a question, or, if `docs` are given, those.
async fn find(
    db: &mut Db,
    query: &TextQuery,
    docs: Option<&[DocRef]>,
    (limit, offset): (i64, i64),
) -> Attempt<(Asked, Vec<FoundRow>)> {
    db.snapshot().await?;
    let filters = Filters::of(query);
    let asked = ask(db, query, &filters).await?;
    if asked.is_empty() {
        return Ok((asked, Vec::new()));
    }
    let (ids, kinds) = docs.map(references).unzip();
    let found = sqlx::query_file_as!(
        FoundRow,
        "sql/text/find.sql",
        filters.user,
        filters.kind,
        filters.conversation,
        filters.role,
        filters.recallable_only,
        filters.from,
        filters.until,
        &asked.terms,
        &asked.lexemes,
        &asked.quoted,
        asked.any,
        asked.conditions,
        asked.count,
        ids.as_deref(),
        kinds.as_deref(),
        limit,
        offset,
    )
    .fetch_all(db.connection())
    .await?;
    Ok((asked, found))
}

async fn search(db: &mut Db, query: TextQuery) -> Attempt<TextHits> {
    let depth = query.offset.saturating_add(query.limit).min(MAX_DEPTH);
    let (limit, offset) = (depth.saturating_sub(query.offset), query.offset.min(MAX_DEPTH));
    let (_, found) = find(db, &query, None, (limit as i64, offset as i64)).await?;
    let total = found.first().map_or(0, |row| row::count(row.total));
    let hits = found.into_iter().filter_map(|row| {
        Some(TextHit {
            doc: DocRef { kind: kind_of(row.kind?), id: row.id? },
            score: row.score?,
            created_at: row::time(row.created_at?),
        })
    });
    Ok(TextHits { hits: hits.collect(), total, total_is_exact: true })
}

async fn score(db: &mut Db, query: TextQuery, docs: Vec<DocRef>) -> Attempt<TextScores> {
    let (asked, found) = find(db, &query, Some(&docs), (docs.len() as i64, 0)).await?;
    let words = found.first().map_or_else(|| vec![0.0; asked.count as usize], |row| row.words.clone());
    let scores = found.into_iter().filter_map(|row| {
        let words = row.terms?.into_iter().fold(0, |words, term| words | 1 << (term & 63));
        Some((DocRef { kind: kind_of(row.kind?), id: row.id? }, TextScore { score: row.score?, words }))
    });
    let scores: HashMap<DocRef, TextScore> = scores.collect();
    let docs = docs.iter().map(|doc| scores.get(doc).copied().unwrap_or_default()).collect();
    Ok(TextScores { words, docs })
}

#[async_trait]
impl TextIndex for PostgresTextIndex {
    async fn check(&self) -> Health {
        let started = Instant::now();
        let asked = tokio::time::timeout(CHECK_TIME, self.state()).await;
        let took = started.elapsed();
        match asked {
            Ok(Ok((position, documents))) => {
                Health::healthy(took).with_figure("documents", documents).with_figure("position", position)
            }
            Ok(Err(error)) => Health::degraded(took, error.message()),
            Err(_) => Health::degraded(took, "the text index does not answer; look at the database server"),
        }
    }

    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()> {
        let (position, _) = self.state().await?;
        let mut entries = entries.into_iter().filter(|entry| is_new(entry.seq, position)).peekable();
        while entries.peek().is_some() {
            let batch: Vec<OutboxEntry> = entries.by_ref().take(BATCH).collect();
            let prepared = tokio::task::spawn_blocking(|| batch.into_iter().map(Prepared::from).collect::<Vec<_>>());
            let prepared = prepared.await.map_err(Error::internal)?;
            self.write(move |db| Box::pin(apply(db, prepared))).await?;
        }
        Ok(())
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        self.write(move |db| Box::pin(advance(db, position, 0))).await
    }

    async fn search(&self, query: &TextQuery) -> Result<TextHits> {
        let query = query.clone();
        self.read(move |db| Box::pin(search(db, query.clone()))).await
    }

    async fn score(&self, query: &TextQuery, docs: &[DocRef]) -> Result<TextScores> {
        let (query, docs) = (query.clone(), docs.to_vec());
        self.read(move |db| Box::pin(score(db, query.clone(), docs.clone()))).await
    }

    async fn snippets(&self, query: &str, texts: &[&str]) -> Result<Vec<Snippet>> {
        let query = query.to_owned();
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let marked = tokio::task::spawn_blocking(move || {
            let question = Question::parse(&query);
            texts.iter().map(|text| snippet(&question, text)).collect()
        });
        marked.await.map_err(Error::internal)
    }

    async fn count(&self) -> Result<u64> {
        Ok(self.state().await?.1)
    }

    /// What was applied is durable already.
    async fn commit(&self) -> Result<OutboxSeq> {
        self.position().await
    }

    async fn scrub(&self) -> Result<()> {
        self.read(|db| Box::pin(vacuum(db))).await
    }

    async fn position(&self) -> Result<OutboxSeq> {
        Ok(self.state().await?.0)
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        self.position().await
    }

    async fn clear(&self) -> Result<()> {
        self.write(|db| Box::pin(clear(db))).await
    }
}

async fn clear(db: &mut Db) -> Attempt<()> {
    hold(db).await?;
    db.run("TRUNCATE text_documents").await?;
    sqlx::query_file!("sql/text/reset.sql").execute(db.connection()).await?;
    Ok(())
}

/// Writes the table again without what was deleted, in the time it needs; everybody waits for it.
async fn vacuum(db: &mut Db) -> Attempt<()> {
    until_unseen(db.connection()).await?;
    db.run("SET statement_timeout = 0").await?;
    let outcome = db.run("VACUUM (FULL) text_documents").await;
    db.run("RESET statement_timeout").await?;
    outcome
}
