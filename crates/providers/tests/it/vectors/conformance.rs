//! What every index of vectors must do, in memory and on disk.

use jarvis_core::{ports::VectorIndex, testkit::vector_index_suite};
use jarvis_providers::vectors::{SlabIndex, VectorOptions};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    vector_index_suite(async || Ok(SlabIndex::open(None, VectorOptions::default())? as Arc<dyn VectorIndex>))
        .await
        .unwrap();
}

/// Tuned at every turn, too.
#[tokio::test(flavor = "multi_thread")]
async fn on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    vector_index_suite(async || {
        let fresh = dir.path().join(number.fetch_add(1, Ordering::SeqCst).to_string());
        Ok(SlabIndex::open(Some(fresh), VectorOptions { cascade_rows: 2 })? as Arc<dyn VectorIndex>)
    })
    .await
    .unwrap();
}
