//! SIGKILL in the middle of applying.

use jarvis_core::{
    ports::TextIndex as _,
    types::{IndexChange, OutboxEntry},
};
use jarvis_providers::text::{TantivyIndex, TextOptions};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{all_with, doc, entry, patient};

/// Names the index to the child process.
const CHILD: &str = "JARVIS_TEST_TEXT_INDEX";

/// The changes of a made-up store: additions, replacements, deletions.
fn change(seq: u64) -> OutboxEntry {
    match seq % 5 {
        0 => OutboxEntry { seq, change: IndexChange::Delete(doc(seq - 3)) },
        4 => OutboxEntry { seq, ..entry(seq - 1, "words again") },
        _ => entry(seq, "words"),
    }
}

/// Messages that stand after the change `position`.
fn expected(position: u64) -> BTreeSet<u64> {
    let mut standing = BTreeSet::new();
    for seq in 1..=position {
        match seq % 5 {
            0 => drop(standing.remove(&(seq - 3))),
            4 => drop(standing.insert(seq - 1)),
            _ => drop(standing.insert(seq)),
        }
    }
    standing
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_an_index_that_goes_on_where_it_was() {
    if let Some(path) = std::env::var_os(CHILD) {
        apply_for_ever(path.into()).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    let mut reached = 0;
    for round in 0..6_u64 {
        kill_after(&path, 10 + round * 7);
        let index = TantivyIndex::open(Some(path.clone()), patient()).unwrap();
        let position = index.position().await.unwrap();
        assert!(position >= reached, "what was committed stays: {position} >= {reached}");
        assert_eq!(all_with(&*index, "words").await, expected(position), "exactly the changes up to {position}");
        assert_eq!(index.count().await.unwrap(), expected(position).len() as u64);
        index.apply((1..=position + 40).map(change).collect()).await.unwrap();
        assert_eq!(all_with(&*index, "words").await, expected(position + 40));
        reached = index.commit().await.unwrap();
        assert_eq!(all_with(&*index, "words").await, expected(reached));
    }
    assert!(reached > 6 * 40, "the child did commit");
}

/// Lets a child apply until it has committed and then reported `reports` times more, then kills it.
fn kill_after(path: &Path, reports: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "text::crash::a_killed_process_leaves_an_index_that_goes_on_where_it_was", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let committing = lines.map_while(Result::ok).skip_while(|line| !line.contains("committed"));
    let reported = committing.take(reports as usize).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(reported as u64, reports);
}

async fn apply_for_ever(path: PathBuf) -> ! {
    let options =
        TextOptions { commit_after: Duration::from_millis(3), commit_documents: 50, ..TextOptions::default() };
    let index = TantivyIndex::open(Some(path), options).unwrap();
    let start = index.position().await.unwrap();
    let mut next = start + 1;
    loop {
        let batch: Vec<OutboxEntry> = (next..next + 9).map(change).collect();
        next += 9;
        // not so fast that a test that is kept waiting finds more than it can list
        tokio::time::sleep(Duration::from_millis(1)).await;
        index.apply(batch).await.unwrap();
        let position = index.position().await.unwrap();
        println!("applied {next}, {} {position}", if position > start { "committed" } else { "still at" });
    }
}
