//! Finding the nearest: every vector that the filter lets through, or the graph where those are very many.

use chrono::{DateTime, Utc};
use jarvis_core::{
    ports::{Tag, VectorFilter, VectorHit, VectorQuery},
    types::DocRef,
};
use pgvector::Vector;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::open::{GRAPH_DIMENSION, define};
use crate::{db::Db, documents::kind_of, error::Attempt, row};

/// Hits asked of a graph at most; whoever wants more looks at every vector.
const GRAPH_HITS: usize = 500;
/// Candidates that a graph keeps for a hit wanted, and its bounds: the extension takes no more.
const CANDIDATES: usize = 4;
const FEWEST_CANDIDATES: usize = 100;
const MOST_CANDIDATES: usize = 1_000;

/// A collection as the server knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) id: i32,
    pub(super) dimension: usize,
    /// Whether the extension goes on along the graph until the filter has let enough through.
    pub(super) goes_on: bool,
    /// Vectors that are looked at one by one.
    pub(super) exact_up_to: i64,
}

#[derive(FromRow)]
struct Hit {
    id: Uuid,
    kind: i16,
    created_at: DateTime<Utc>,
    score: f64,
}

impl From<Hit> for VectorHit {
    fn from(hit: Hit) -> Self {
        Self {
            doc: DocRef { kind: kind_of(hit.kind), id: hit.id },
            score: cosine(hit.score),
            created_at: row::time(hit.created_at),
        }
    }
}

/// What the server says of two vectors of length 1 may be a hair above it.
pub(super) fn cosine(product: f64) -> f32 {
    (product as f32).clamp(-1.0, 1.0)
}

/// The nearest of `documents` documents. Reads the same state throughout.
pub(super) async fn nearest(db: &mut Db, place: Place, documents: i64, query: VectorQuery) -> Attempt<Vec<VectorHit>> {
    let limit = query.limit.min(usize::try_from(documents).unwrap_or(0));
    if limit == 0 || query.filter.all.iter().any(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let vector = Vector::from(query.vector);
    let may_walk = documents > place.exact_up_to && limit <= GRAPH_HITS && place.dimension <= GRAPH_DIMENSION;
    if may_walk && passing(db, place, &query.filter).await? > place.exact_up_to {
        let found = along_graph(db, place, &query.filter, &vector, limit).await?;
        if found.len() == limit {
            return Ok(found);
        }
    }
    one_by_one(db, place, &query.filter, &vector, limit).await
}

/// How many documents pass a filter, as far as it matters.
async fn passing(db: &mut Db, place: Place, filter: &VectorFilter) -> Attempt<i64> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM vector_documents WHERE collection = ");
    sql.push_bind(place.id);
    narrow(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(place.exact_up_to + 1).push(") AS passing");
    Ok(sql.build_query_scalar().fetch_one(db.connection()).await?)
}

async fn one_by_one(
    db: &mut Db,
    place: Place,
    filter: &VectorFilter,
    vector: &Vector,
    limit: usize,
) -> Attempt<Vec<VectorHit>> {
    let mut sql = QueryBuilder::new("SELECT id, kind, created_at, -(embedding <#> ");
    sql.push_bind(vector).push(") AS score FROM vector_documents WHERE collection = ").push_bind(place.id);
    narrow(&mut sql, filter);
    sql.push(" ORDER BY score DESC, created_at DESC, kind, id LIMIT ").push_bind(limit as i64);
    hits(db, sql).await
}

/// Fewer than asked for when the filter lets few of the nearest through. More than asked for are looked at, so that of equals the
/// right ones are answered.
async fn along_graph(
    db: &mut Db,
    place: Place,
    filter: &VectorFilter,
    vector: &Vector,
    limit: usize,
) -> Attempt<Vec<VectorHit>> {
    let candidates = (limit * CANDIDATES).clamp(FEWEST_CANDIDATES, MOST_CANDIDATES);
    let mut settings = format!("SET LOCAL hnsw.ef_search = {candidates}");
    if place.goes_on {
        settings.push_str("; SET LOCAL hnsw.iterative_scan = strict_order");
    }
    define(db, settings).await?;
    // the graph is of this very expression
    let embedding = format!("embedding::vector({})", place.dimension);
    let mut sql =
        QueryBuilder::new("SELECT id, kind, created_at, score FROM (SELECT id, kind, created_at, -(embedding <#> ");
    sql.push_bind(vector).push(") AS score FROM vector_documents WHERE collection = ").push_bind(place.id);
    narrow(&mut sql, filter);
    sql.push(format!(" ORDER BY {embedding} <#> ")).push_bind(vector);
    sql.push(" LIMIT ").push_bind(candidates as i64);
    sql.push(") AS near ORDER BY score DESC, created_at DESC, kind, id LIMIT ").push_bind(limit as i64);
    hits(db, sql).await
}

async fn hits(db: &mut Db, mut sql: QueryBuilder<Postgres>) -> Attempt<Vec<VectorHit>> {
    let found: Vec<Hit> = sql.build_query_as().fetch_all(db.connection()).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Adds what a filter asks for.
fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &VectorFilter) {
    for group in &filter.all {
        sql.push(" AND tags && ").push_bind(words(group));
    }
    if !filter.none.is_empty() {
        sql.push(" AND NOT tags && ").push_bind(words(&filter.none));
    }
    if let Some(from) = filter.from {
        sql.push(" AND created_at >= ").push_bind(from.to_utc());
    }
    if let Some(until) = filter.until {
        sql.push(" AND created_at < ").push_bind(until.to_utc());
    }
}

fn words(tags: &[Tag]) -> Vec<String> {
    tags.iter().map(|tag| tag.0.to_string()).collect()
}
