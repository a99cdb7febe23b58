//! Vectors on a real server that has pgvector.

use jarvis_core::{
    ErrorKind, Timestamp,
    ports::{
        CollectionSpec, EmbeddingModel, Tag, VectorChange, VectorDocument, VectorEntry, VectorFilter, VectorIndex,
        VectorQuery,
    },
    testkit::vector_index_suite,
    types::{DocKind, DocRef},
};
use jarvis_postgres::{PostgresOptions, PostgresVectorIndex};
use std::sync::Arc;
use uuid::Uuid;

use crate::support::{Place, clock};

async fn open(place: &Place, exact_up_to: u32) -> Arc<PostgresVectorIndex> {
    PostgresVectorIndex::open_exact_up_to(exact_up_to, PostgresOptions::new(place.url()), clock()).await.unwrap()
}

/// The index as `opened` by the suite.
async fn suite(exact_up_to: u32, opened: impl Fn(Arc<PostgresVectorIndex>) -> Arc<PostgresVectorIndex>) {
    let Some(place) = Place::with_vectors().await else { return };
    vector_index_suite(async || {
        let index = opened(open(&place, exact_up_to).await);
        for name in index.names().await? {
            index.remove(&name).await?;
        }
        Ok(index as Arc<dyn VectorIndex>)
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_vector_index_keeps_the_contract_of_its_port() {
    suite(PostgresVectorIndex::EXACT_UP_TO, |index| index).await;
}

/// Of so few a graph misses none.
#[tokio::test]
async fn its_graph_keeps_the_contract_too() {
    suite(0, |index| index).await;
}

#[tokio::test]
async fn so_does_the_graph_of_a_version_that_cannot_go_on_along_it() {
    suite(0, |index| index.without_iterative_scans()).await;
}

#[tokio::test]
async fn a_server_without_pgvector_says_so() {
    let Some(place) = Place::empty().await else { return };
    let mut connection = place.connect().await;
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    if there > 0 {
        println!("SKIPPED: the server has pgvector");
        return;
    }
    let refused = PostgresVectorIndex::open(PostgresOptions::new(place.url()), clock()).await;
    let refused = refused.map(drop).map_err(|error| (error.kind(), error.message().contains("pgvector")));
    assert_eq!(refused, Err((ErrorKind::Unavailable, true)));
}

fn spec() -> CollectionSpec {
    CollectionSpec { name: "c".to_owned(), model: EmbeddingModel { id: "m".to_owned(), dimension: 8 } }
}

/// A vector of length 1 that depends on nothing but its number.
fn vector(number: u64) -> Vec<f32> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let numbers: Vec<f32> = (0..8)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.into_iter().map(|number| number / length).collect()
}

fn entry(seq: u64) -> VectorEntry {
    let document = VectorDocument {
        doc: DocRef { kind: DocKind::Message, id: Uuid::from_u128(seq.into()) },
        vector: vector(seq),
        tags: vec![Tag(if seq.is_multiple_of(50) { "rare" } else { "usual" }.into())],
        created_at: Timestamp::from_micros(seq as i64),
    };
    VectorEntry { seq, change: VectorChange::Upsert(document) }
}

#[tokio::test]
async fn a_graph_misses_hardly_anything_and_a_rare_tag_is_found_whole() {
    let Some(place) = Place::with_vectors().await else { return };
    let (exact, graph) = (open(&place, 1_000_000).await, open(&place, 0).await);
    let once = graph.without_iterative_scans().open(spec()).await.unwrap();
    let (exact, graph) = (exact.open(spec()).await.unwrap(), graph.open(spec()).await.unwrap());
    exact.apply((1..=3_000).map(entry).collect()).await.unwrap();
    let (mut found, mut expected) = (0, 0);
    for (number, graph) in (0..20).flat_map(|number| [(number, &graph), (number, &once)]) {
        let mut query = VectorQuery { vector: vector(1_000_000 + number), filter: VectorFilter::default(), limit: 10 };
        let right = exact.nearest(&query).await.unwrap();
        let proposed = graph.nearest(&query).await.unwrap();
        found += proposed.iter().filter(|hit| right.contains(hit)).count();
        expected += right.len();
        query.filter.all = vec![vec![Tag("rare".into())]];
        query.limit = 40;
        assert_eq!(exact.nearest(&query).await.unwrap(), graph.nearest(&query).await.unwrap());
    }
    assert!(found * 100 >= expected * 98, "{found} of {expected}");
}

#[tokio::test]
async fn two_servers_apply_a_change_once() {
    let Some(place) = Place::with_vectors().await else { return };
    let (one, two) = (open(&place, 0).await, open(&place, 0).await);
    let (one, two) = (one.open(spec()).await.unwrap(), two.open(spec()).await.unwrap());
    let changes: Vec<VectorEntry> = (1..=600).map(entry).collect();
    let (first, second) = tokio::join!(one.apply(changes.clone()), two.apply(changes));
    first.unwrap();
    second.unwrap();
    assert_eq!((one.count().await.unwrap(), two.position().await.unwrap()), (600, 600));
}
