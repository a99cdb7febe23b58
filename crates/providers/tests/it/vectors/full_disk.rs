//! No space left.

use jarvis_core::{
    ErrorKind,
    ports::{HealthStatus, VectorIndex as _},
};
use std::{fs, io::Write as _};

use super::{all, entry, has_vector, open_index, spec};
use crate::files::SmallDisk;

#[tokio::test(flavor = "multi_thread")]
async fn searches_go_on_and_changes_wait_until_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&dir.path().join("disk")) else {
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let index = open_index(&disk.0.join("vectors"));
    let collection = index.open(spec()).await.unwrap();
    collection.apply((1..=500).map(entry).collect()).await.unwrap();
    assert_eq!(collection.commit().await.unwrap(), 500);

    let filler = disk.0.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    drop(file);
    // further than the room that is taken already
    let refused = collection.apply((501..=5_000).map(entry).collect()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull);
    assert!(refused.retry_after().is_some());
    let applied = collection.applied().await.unwrap();
    assert!((501..5_000).contains(&applied), "what there was room for: {applied}");
    assert_eq!(all(&*collection).await, (1..=applied).collect());
    has_vector(&*collection, applied, applied).await;
    let failed = collection.commit().await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::StorageFull);
    assert_eq!(collection.position().await.unwrap(), 500);
    let health = index.check().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.error.unwrap().contains("free some disk space"));
    assert_eq!(all(&*collection).await, (1..=applied).collect());

    fs::remove_file(&filler).unwrap();
    assert_eq!(collection.commit().await.unwrap(), applied);
    assert_eq!(index.check().await.status, HealthStatus::Healthy);
    collection.apply((applied + 1..=1_500).map(entry).collect()).await.unwrap();
    assert_eq!(collection.commit().await.unwrap(), 1_500);
    drop((collection, index));
    let collection = open_index(&disk.0.join("vectors")).open(spec()).await.unwrap();
    assert_eq!(all(&*collection).await, (1..=1_500).collect());
}
