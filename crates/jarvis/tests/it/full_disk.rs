//! A full disk: reads go on, writes say so, and room is all it takes to go on.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use reqwest::{Method, StatusCode};

use crate::{
    backend::only_embedded,
    ledger::{Kind, Write, check, check_counters, marker},
    server::{Server, text},
};

/// Writes tried until the disk is found full: the write-ahead log may have room in what it holds already.
const TRIES: u64 = 2_000;

/// A small disk of our own.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where nothing may be mounted.
    pub(crate) fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    /// Takes every byte that is left.
    pub(crate) fn fill(&self) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.filler()).unwrap();
        let mut size = 1 << 20;
        while size > 0 {
            if file.write_all(&vec![0_u8; size]).is_err() {
                size /= 2;
            }
        }
    }

    pub(crate) fn free(&self) {
        // the file may be the last thing that keeps the disk from being unmounted
        drop(File::create(self.filler()));
        std::fs::remove_file(self.filler()).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn chat(number: u64, conversation: Option<String>) -> Write {
    Write { marker: marker(number), kind: Kind::Chat { conversation }, key: None, acknowledged: None }
}

#[tokio::test]
async fn a_full_disk_stops_writes_only_and_needs_no_restart() {
    if !only_embedded("the disk of the data directory") {
        return;
    }
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: a tmpfs can only be mounted by root, where mounting is allowed at all");
        return;
    };
    let data = disk.path().join("data");
    let server = Server::start(&data);
    let mut ledger = Vec::new();
    for number in 0..20 {
        let mut write = chat(number, None);
        assert_eq!(write.try_send(&server).await, Some(200));
        ledger.push(write);
    }
    disk.fill();

    let refused = fill_up(&server, &disk, &mut ledger).await;
    assert_eq!(text(&refused["error"], "code"), "storage_full", "{refused}");
    let mut memory = Write { marker: marker(9_000), kind: Kind::Memory, key: None, acknowledged: None };
    assert_eq!(memory.try_send(&server).await, Some(507));
    let known = ledger[0].acknowledged.clone().unwrap();
    let history = server.get(&format!("/api/chat/history/{}", text(&known, "conversation_id"))).await;
    assert_eq!(history["total_count"], 2);
    assert!(!server.find(&ledger[0].marker).await.is_empty());
    assert_eq!(server.get("/health/live").await["status"], "alive");
    let (status, health) = server.try_ask(Method::GET, "/health", None).await;
    assert!([StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&status), "{status}");
    assert_ne!(health["services"]["database"]["status"], "healthy", "a full disk is no health: {health}");

    disk.free();
    let mut after = chat(9_001, None);
    for _ in 0..100 {
        if after.try_send(&server).await == Some(200) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(after.acknowledged.is_some(), "there is room again, and still nothing is written");
    ledger.push(after);
    check(&server, &ledger).await;
    check_counters(&server).await;
    server.kill();
    let server = Server::start(&data);
    check(&server, &ledger).await;
    check_counters(&server).await;
    assert!(server.stop().0.success());
}

/// Writes until one is refused for want of room; answers the refusal.
async fn fill_up(server: &Server, disk: &SmallDisk, ledger: &mut Vec<Write>) -> serde_json::Value {
    for number in 0..TRIES {
        let mut write = chat(1_000 + number, None);
        let (status, body) = write.send(server).await.expect("a server with a full disk answers");
        match status {
            200 => write.acknowledged = Some(body),
            507 => return body,
            other => panic!("a write on a full disk answered {other}: {body}"),
        }
        ledger.push(write);
        // what a checkpoint has given back is taken again
        disk.fill();
    }
    panic!("{TRIES} writes went to a full disk");
}
