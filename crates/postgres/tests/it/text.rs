//! Full text on a real server.

use jarvis_core::{ports::TextIndex, testkit::text_index_suite};
use jarvis_postgres::{PostgresOptions, PostgresTextIndex};
use std::sync::Arc;

use crate::support::{Place, clock};

async fn open(place: &Place) -> Arc<PostgresTextIndex> {
    PostgresTextIndex::open(PostgresOptions::new(place.url()), clock()).await.unwrap()
}

#[tokio::test]
async fn the_text_index_keeps_the_contract_of_its_port() {
    let Some(place) = Place::empty().await else { return };
    text_index_suite(async || {
        let index = open(&place).await;
        index.clear().await?;
        Ok(index as Arc<dyn TextIndex>)
    })
    .await
    .unwrap();
}
