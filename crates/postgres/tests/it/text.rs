//! Full text on a real server.

use jarvis_core::{
    Timestamp,
    id::UserId,
    ports::{TextIndex, TextQuery},
    testkit::text_index_suite,
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, Role},
};
use jarvis_postgres::{PostgresOptions, PostgresTextIndex};
use std::sync::Arc;
use uuid::Uuid;

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

fn entry(seq: u64, text: &str) -> OutboxEntry {
    let document = IndexDocument {
        doc: DocRef { kind: DocKind::Message, id: Uuid::from_u128(seq.into()) },
        user_id: UserId::from(Uuid::nil()),
        conversation_id: None,
        role: Some(Role::User),
        recallable: true,
        created_at: Timestamp::from_micros(seq as i64),
        text: text.to_owned(),
    };
    OutboxEntry { seq, change: IndexChange::Upsert(document) }
}

async fn found(index: &PostgresTextIndex, text: &str) -> Vec<u128> {
    let query = TextQuery::new(text, UserId::from(Uuid::nil()), 1_000);
    index.search(&query).await.unwrap().hits.into_iter().map(|hit| hit.doc.id.as_u128()).collect()
}

#[tokio::test]
async fn two_servers_apply_a_change_once() {
    let Some(place) = Place::empty().await else { return };
    let (one, two) = tokio::join!(open(&place), open(&place));
    let changes: Vec<OutboxEntry> = (1..=600).map(|seq| entry(seq, "the same thing")).collect();
    let (first, second) = tokio::join!(one.apply(changes.clone()), two.apply(changes));
    first.unwrap();
    second.unwrap();
    assert_eq!((one.count().await.unwrap(), two.position().await.unwrap()), (600, 600));
    assert_eq!(found(&one, "same").await.len(), 600);
}

#[tokio::test]
async fn what_was_deleted_is_in_no_page_after_a_scrub() {
    let Some(place) = Place::empty().await else { return };
    let index = open(&place).await;
    let kept = (1..=50).map(|seq| entry(seq, "kept")).chain([entry(51, "xylophone")]).collect();
    index.apply(kept).await.unwrap();
    let gone = IndexChange::Delete(DocRef { kind: DocKind::Message, id: Uuid::from_u128(51) });
    index.apply(vec![OutboxEntry { seq: 52, change: gone }]).await.unwrap();
    place.run("CHECKPOINT").await;
    assert!(holds(&place, "xylophon").await, "it is looked for where it was");
    index.scrub().await.unwrap();
    assert!(!holds(&place, "xylophon").await);
    assert_eq!(found(&index, "kept").await.len(), 50);
}

/// Whether the file of the table has a word in it.
async fn holds(place: &Place, word: &str) -> bool {
    let mut connection = place.connect().await;
    let file: Vec<u8> = sqlx::query_scalar("SELECT pg_read_binary_file(pg_relation_filepath('text_documents'))")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    file.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn an_index_of_another_version_begins_anew() {
    let Some(place) = Place::empty().await else { return };
    open(&place).await.apply(vec![entry(1, "old")]).await.unwrap();
    assert_eq!(open(&place).await.position().await.unwrap(), 1, "the same version stays");
    place.run("UPDATE text_state SET version = version - 1").await;
    let index = open(&place).await;
    assert_eq!((index.position().await.unwrap(), index.count().await.unwrap()), (0, 0));
    assert!(found(&index, "old").await.is_empty());
}

#[tokio::test]
async fn texts_of_any_size_are_taken() {
    let Some(place) = Place::empty().await else { return };
    let index = open(&place).await;
    let many: String = (0..200_000).flat_map(|number| [format!("word{number}"), " ".to_owned()]).collect();
    let long = format!("first {} last", "again ".repeat(100_000));
    index.apply(vec![entry(1, &many), entry(2, &long), entry(3, "")]).await.unwrap();
    assert_eq!(found(&index, "word17").await, [1]);
    assert_eq!(found(&index, "\"first again\"").await, [2]);
    assert_eq!(found(&index, "last").await, [2]);
}
