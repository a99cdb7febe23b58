//! What a commit keeps, and that nobody notices one.

use jarvis_core::{
    ports::TextIndex as _,
    types::{IndexChange, OutboxEntry},
};
use jarvis_providers::text::{TantivyIndex, TextOptions};
use std::time::Duration;

use super::{all_with, doc, entry, patient};

#[tokio::test(flavor = "multi_thread")]
async fn a_reopened_index_has_what_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    let index = TantivyIndex::open(Some(path.clone()), patient()).unwrap();
    index.apply((1..=20).map(|n| entry(n, "kept words")).collect()).await.unwrap();
    assert_eq!(index.commit().await.unwrap(), 20);
    index.apply((21..=25).map(|n| entry(n, "lost words")).collect()).await.unwrap();
    drop(index);

    let index = TantivyIndex::open(Some(path), patient()).unwrap();
    assert_eq!((index.position().await.unwrap(), index.applied().await.unwrap()), (20, 20));
    assert_eq!(all_with(&*index, "words").await, (1..=20).collect());
    index.apply((15..=25).map(|n| entry(n, "new words")).collect()).await.unwrap();
    assert_eq!(all_with(&*index, "words").await, (1..=25).collect());
    assert_eq!(all_with(&*index, "new").await, (21..=25).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_committed_without_being_asked() {
    let dir = tempfile::tempdir().unwrap();
    let options = TextOptions { commit_after: Duration::from_millis(20), ..TextOptions::default() };
    let index = TantivyIndex::open(Some(dir.path().join("text")), options).unwrap();
    for n in 1..=3 {
        index.apply(vec![entry(n, "words")]).await.unwrap();
        while index.position().await.unwrap() < n {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(all_with(&*index, "words").await, (1..=3).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    let first = TantivyIndex::open(Some(path.clone()), patient()).unwrap();
    let error = TantivyIndex::open(Some(path.clone()), patient()).unwrap_err();
    assert_eq!(error.message(), "another process uses this search index; stop it, or choose another data directory");
    drop(first);
    TantivyIndex::open(Some(path), patient()).unwrap();
}

/// Every search sees each document that was applied before it, once, whatever is being committed or merged beside it.
#[tokio::test(flavor = "multi_thread")]
async fn searches_beside_commits_see_every_document_once() {
    const DOCUMENTS: u64 = 400;
    let options = TextOptions { commit_after: Duration::from_millis(1), commit_documents: 7, ..TextOptions::default() };
    let index = TantivyIndex::open(None, options).unwrap();
    let writing = {
        let index = index.clone();
        tokio::spawn(async move {
            for n in 1..=DOCUMENTS {
                // every third message is said twice: the later replaces the earlier
                let change = entry(n, "words").change;
                let again = jarvis_core::types::OutboxEntry { seq: 2 * n, change: change.clone() };
                index.apply(vec![jarvis_core::types::OutboxEntry { seq: 2 * n - 1, change }]).await.unwrap();
                if n % 3 == 0 {
                    index.apply(vec![again]).await.unwrap();
                }
            }
        })
    };
    let mut seen = 0;
    while seen < DOCUMENTS {
        let before = index.applied().await.unwrap().div_ceil(2);
        let found = all_with(&*index, "words").await;
        let after = index.applied().await.unwrap().div_ceil(2);
        seen = found.len() as u64;
        assert_eq!(found, (1..=seen).collect());
        // the change being applied may be seen before its position is
        assert!(before <= seen && seen <= after + 1, "{before} <= {seen} <= {after}");
    }
    writing.await.unwrap();
    assert_eq!(index.count().await.unwrap(), DOCUMENTS);
}

/// Tantivy only marks what is deleted; its words must leave the files all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_in_no_file_after_the_next_commit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    let index = TantivyIndex::open(Some(path.clone()), patient()).unwrap();
    let stored = || {
        let segments = tantivy::Index::open_in_dir(&path).unwrap().searchable_segment_metas().unwrap();
        segments.iter().map(|segment| (segment.max_doc(), segment.num_deleted_docs())).collect::<Vec<_>>()
    };
    index.apply((1..=20).map(|n| entry(n, "kept words")).collect()).await.unwrap();
    index.apply((21..=25).map(|n| entry(n, "secret words")).collect()).await.unwrap();
    index.commit().await.unwrap();
    assert_eq!(stored(), [(25, 0)]);
    let delete = |n: u64| OutboxEntry { seq: n + 5, change: IndexChange::Delete(doc(n)) };
    index.apply((21..=25).map(delete).collect()).await.unwrap();
    index.commit().await.unwrap();
    assert_eq!(stored(), [(20, 0)]);
    assert_eq!(all_with(&*index, "words").await, (1..=20).collect());
    assert!(all_with(&*index, "secret").await.is_empty());
    // one set of files, that of the only segment
    let mut stems: Vec<_> = std::fs::read_dir(&path)
        .unwrap()
        .filter_map(|file| Some(file.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .filter(|stem| stem.len() == 32)
        .collect();
    stems.dedup();
    stems.sort();
    stems.dedup();
    assert_eq!(stems.len(), 1, "{stems:?}");
}
