//! What every text index must do, in memory and on disk.

use jarvis_core::{ports::TextIndex, testkit::text_index_suite};
use jarvis_providers::text::{TantivyIndex, TextOptions};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// So late that only the suite commits.
fn options() -> TextOptions {
    TextOptions { commit_after: Duration::from_mins(10), ..TextOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    text_index_suite(async || Ok(TantivyIndex::open(None, options())? as Arc<dyn TextIndex>)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    text_index_suite(async || {
        let fresh = dir.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
        Ok(TantivyIndex::open(Some(fresh), options())? as Arc<dyn TextIndex>)
    })
    .await
    .unwrap();
}

/// Commits at every moment, beside the searches.
#[tokio::test(flavor = "multi_thread")]
async fn with_commits_in_between() {
    let restless = TextOptions { commit_after: Duration::from_millis(1), commit_documents: 1, ..options() };
    text_index_suite(async || Ok(TantivyIndex::open(None, restless)? as Arc<dyn TextIndex>)).await.unwrap();
}
