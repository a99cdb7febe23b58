//! Vectors on a real server that has pgvector.

use jarvis_core::{ErrorKind, ports::VectorIndex, testkit::vector_index_suite};
use jarvis_postgres::{PostgresOptions, PostgresVectorIndex};
use std::sync::Arc;

use crate::support::{Place, clock};

async fn open(place: &Place) -> Arc<PostgresVectorIndex> {
    PostgresVectorIndex::open(PostgresOptions::new(place.url()), clock()).await.unwrap()
}

#[tokio::test]
async fn the_vector_index_keeps_the_contract_of_its_port() {
    let Some(place) = Place::with_vectors().await else { return };
    vector_index_suite(async || {
        let index = open(&place).await;
        for name in index.names().await? {
            index.remove(&name).await?;
        }
        Ok(index as Arc<dyn VectorIndex>)
    })
    .await
    .unwrap();
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
