//! SIGKILL in the middle of applying.

use jarvis_core::ports::{Tag, VectorChange, VectorEntry};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{all, doc, document, entry, has_vector, open};

/// Names the index to the child process.
const CHILD: &str = "JARVIS_TEST_VECTOR_INDEX";

/// The changes of a made-up store: additions, replacements, deletions of one and of several.
fn change(seq: u64) -> VectorEntry {
    let change = match seq % 7 {
        0 => VectorChange::Delete(doc(seq - 3)),
        5 => VectorChange::Upsert(document(seq - 1, seq)),
        6 if seq % 70 == 69 => VectorChange::DeleteTagged(Tag(format!("ten:{}", (seq - 20) / 10).into())),
        _ => return entry(seq),
    };
    VectorEntry { seq, change }
}

/// Documents that stand after the change `position`, with the seeds of their vectors.
fn expected(position: u64) -> BTreeMap<u64, u64> {
    let mut standing = BTreeMap::new();
    for seq in 1..=position {
        match change(seq).change {
            VectorChange::Upsert(document) => drop(standing.insert(document.doc.id.as_u128() as u64, seq)),
            VectorChange::Delete(doc) => drop(standing.remove(&(doc.id.as_u128() as u64))),
            VectorChange::DeleteTagged(_) => standing.retain(|number, _| number / 10 != (seq - 20) / 10),
        }
    }
    standing
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_vectors_that_go_on_where_they_were() {
    if let Some(path) = std::env::var_os(CHILD) {
        apply_for_ever(path.into()).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    let mut reached = 0;
    for round in 0..6_u64 {
        kill_after(&path, 20 + round * 13);
        let collection = open(&path).await;
        let position = collection.position().await.unwrap();
        assert!(position >= reached, "what was committed stays: {position} >= {reached}");
        let standing = expected(position);
        assert_eq!(all(&*collection).await, standing.keys().copied().collect(), "exactly the changes up to {position}");
        for (&number, &seed) in &standing {
            has_vector(&*collection, number, seed).await;
        }
        collection.apply((1..=position + 40).map(change).collect()).await.unwrap();
        reached = collection.commit().await.unwrap();
        assert_eq!(reached, position + 40);
        assert_eq!(all(&*collection).await, expected(reached).keys().copied().collect());
    }
    assert!(reached > 6 * 40, "the child did commit");
    let left = std::fs::read_dir(&path).unwrap().map(|file| file.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(left.len(), 2, "the lock and the collection; nothing was set aside: {left:?}");
}

/// Lets a child apply until it has reported so often, then kills it.
fn kill_after(path: &Path, reports: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "vectors::crash::a_killed_process_leaves_vectors_that_go_on_where_they_were", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reported = lines.map_while(Result::ok).filter(|line| line.contains("applied")).take(reports as usize).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(reported as u64, reports);
}

async fn apply_for_ever(path: PathBuf) -> ! {
    let collection = open(&path).await;
    let mut next = collection.position().await.unwrap() + 1;
    for round in 0_u64.. {
        let batch: Vec<VectorEntry> = (next..next + 9).map(change).collect();
        next += 9;
        collection.apply(batch).await.unwrap();
        println!("applied {next}");
        if round % 3 == 0 {
            collection.commit().await.unwrap();
        }
    }
    unreachable!("it is killed")
}
