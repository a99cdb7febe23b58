//! No space left.

use jarvis_core::{
    ErrorKind,
    ports::{HealthStatus, TextIndex as _},
};
use jarvis_providers::text::{TantivyIndex, TextOptions};
use std::{fs, io::Write as _, time::Duration};

use super::{all_with, entry};
use crate::files::SmallDisk;

#[tokio::test(flavor = "multi_thread")]
async fn searches_go_on_and_changes_wait_until_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&dir.path().join("disk")) else {
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let options =
        TextOptions { commit_after: Duration::from_millis(10), tail_documents: 600, ..TextOptions::default() };
    let index = TantivyIndex::open(Some(disk.0.join("text")), options).unwrap();
    index.apply((1..=50).map(|n| entry(n, "early words")).collect()).await.unwrap();
    assert_eq!(index.commit().await.unwrap(), 50);

    let filler = disk.0.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    drop(file);
    // further than the tail reaches, so that the bound is met
    let refused = index.apply((51..=5_000).map(|n| entry(n, "late words")).collect()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.retry_after().is_some());
    let applied = index.applied().await.unwrap();
    assert!((651..5_000).contains(&applied), "up to the bound, a batch more at most: {applied}");
    assert_eq!(all_with(&*index, "words").await, (1..=applied).collect());
    let failed = index.commit().await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable);
    assert_eq!(index.position().await.unwrap(), 50);
    let health = index.check().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.error.unwrap().contains("free some disk space"));
    assert_eq!(all_with(&*index, "words").await, (1..=applied).collect());

    fs::remove_file(&filler).unwrap();
    assert_eq!(index.commit().await.unwrap(), applied);
    assert_eq!(index.check().await.status, HealthStatus::Healthy);
    index.apply((applied + 1..=applied + 10).map(|n| entry(n, "last words")).collect()).await.unwrap();
    assert_eq!(all_with(&*index, "words").await, (1..=applied + 10).collect());
    drop(index);
    let index = TantivyIndex::open(Some(disk.0.join("text")), options).unwrap();
    assert_eq!(index.position().await.unwrap().max(applied), index.position().await.unwrap());
    drop(index);
}
