//! A disk that is full, and then is not.

use jarvis_core::{
    ErrorKind,
    ports::{HealthStatus, Store},
};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{Place, append, contents, integrity, message, open, options, someone};

/// A file system of a few megabytes, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where mounting is not allowed.
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(at).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            Ok(output) => {
                println!("skipped: no tmpfs can be mounted: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: there is no mount command: {error}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn reads_go_on_writes_say_so_and_nothing_needs_a_restart() {
    let place = Place::new();
    let Some(disk) = SmallDisk::mount(place.path()) else { return };
    let database = disk.0.join("jarvis.db");
    let store = open(options(database.clone()));
    let (scope, conversation) = someone(&*store).await;

    let ballast = disk.0.join("ballast");
    let mut file = File::create(&ballast).unwrap();
    while file.write_all(&[1; 4096]).is_ok() && fs::metadata(&ballast).unwrap().len() < (3 << 19) {}
    drop(file);

    let text = "x".repeat(8000);
    let mut stored = 0;
    let error = loop {
        match append(&*store, scope, message(conversation, &text)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1000, "three megabytes cannot hold this");
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error:?}");
    assert!(error.retry_after().is_some());
    assert_eq!(contents(&*store, scope, conversation).await.len(), stored, "reads go on, and nothing was half written");
    for _ in 0..3 {
        let again = append(&*store, scope, message(conversation, &text)).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::StorageFull, "{again:?}");
    }
    assert_ne!(store.check().await.status, HealthStatus::Unhealthy, "it still reads");

    fs::remove_file(&ballast).unwrap();
    for _ in 0..20 {
        append(&*store, scope, message(conversation, &text)).await.unwrap();
        stored += 1;
    }
    assert_eq!(store.check().await.status, HealthStatus::Healthy);
    assert_eq!(contents(&*store, scope, conversation).await.len(), stored);
    store.close().await.unwrap();
    assert_eq!(integrity(&database), "ok");
}
