//! Damaged files.

use jarvis_core::ports::{HealthStatus, VectorCollection, VectorFilter, VectorIndex as _, VectorQuery};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{all, doc, entry, has_vector, open, open_index, spec, vector};
use crate::files::{change, copy};

const DOCUMENTS: u64 = 300;

/// A side file with a first part and a record.
async fn make(path: &Path) {
    let collection = open(path).await;
    collection.apply((1..=200).map(entry).collect()).await.unwrap();
    collection.commit().await.unwrap();
    collection.apply((201..=DOCUMENTS).map(entry).collect()).await.unwrap();
    collection.commit().await.unwrap();
}

fn flip(path: &Path, place: impl FnOnce(usize) -> usize) {
    change(path, |bytes| {
        let place = place(bytes.len());
        bytes[place] ^= 0x10;
    })
    .unwrap();
}

/// A way to damage a file, and its name.
type Way = (&'static str, fn(&Path));

const WAYS: [Way; 9] = [
    ("cut in half", |path| change(path, |bytes| bytes.truncate(bytes.len() / 2)).unwrap()),
    ("cut by a byte", |path| change(path, |bytes| bytes.truncate(bytes.len() - 1)).unwrap()),
    ("emptied", |path| change(path, Vec::clear).unwrap()),
    ("removed", |path| fs::remove_file(path).unwrap()),
    ("a bit flipped at the front", |path| flip(path, |_| 9)),
    ("a bit flipped in the middle", |path| flip(path, |length| length / 2)),
    ("a bit flipped at the end", |path| flip(path, |length| length - 1)),
    ("both headers flipped", |path| {
        flip(path, |_| 30);
        flip(path, |length| 4126.min(length - 1));
    }),
    ("noise", |path| {
        let noise =
            |bytes: &mut Vec<u8>| (0_u32..).zip(bytes).for_each(|(at, byte)| *byte = (at.wrapping_mul(at) >> 5) as u8);
        change(path, noise).unwrap();
    }),
];

/// Each file and each way to damage it.
fn damaged_copies(original: &Path, into: &Path) -> Vec<(String, PathBuf)> {
    let mut copies = Vec::new();
    for file in fs::read_dir(original.join("test")).unwrap() {
        let name = file.unwrap().file_name();
        for (way, damage) in WAYS {
            let path = into.join(copies.len().to_string());
            copy(&original.join("test"), &path.join("test"));
            damage(&path.join("test").join(&name));
            copies.push((format!("{}: {way}", name.to_string_lossy()), path));
        }
    }
    copies
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_healed_by_starting_over() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    make(&original).await;
    let copies = damaged_copies(&original, &dir.path().join("copies"));
    assert_eq!(copies.len(), 2 * WAYS.len(), "rows and a side file");
    let mut emptied = 0;
    for (name, path) in copies {
        let collection = open(&path).await;
        let position = collection.position().await.unwrap();
        let found = searched(&collection).await;
        if position == 0 {
            emptied += 1;
            assert_eq!(found, 0, "{name}");
        } else {
            assert!(position == DOCUMENTS && found + 1 >= DOCUMENTS as usize, "{name}: {found} at {position}");
        }
        // ready to work
        collection.clear().await.unwrap();
        collection.apply((1..=DOCUMENTS).map(entry).collect()).await.unwrap();
        assert_eq!(collection.commit().await.unwrap(), DOCUMENTS, "{name}");
        drop(collection);
        assert_eq!(all(&*open(&path).await).await, (1..=DOCUMENTS).collect(), "{name}");
    }
    assert!(emptied >= WAYS.len(), "damage was noticed: {emptied}");
}

async fn searched(collection: &Arc<dyn VectorCollection>) -> usize {
    let query = VectorQuery { vector: vector(5), filter: VectorFilter::default(), limit: 1_000 };
    collection.nearest(&query).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_damaged_header_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for (name, place) in [("first", 100), ("second", 4196)] {
        let path = dir.path().join(name);
        make(&path).await;
        flip(&path.join("test").join("rows"), |_| place);
        assert_eq!(all(&*open(&path).await).await, (1..=DOCUMENTS).collect());
    }
}

/// A vector that is not what was written is left out, and the check says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path()).await;
    let value = vector(7)[3].to_le_bytes();
    change(&dir.path().join("test").join("rows"), |bytes| {
        let at = bytes.windows(4).position(|window| window == value).unwrap();
        bytes[at + 3] ^= 0x40;
    })
    .unwrap();
    let index = open_index(dir.path());
    let collection = index.open(spec()).await.unwrap();
    assert_eq!(index.check().await.status, HealthStatus::Healthy);
    assert_eq!(collection.score(&vector(7), &[doc(7)]).await.unwrap(), [None]);
    has_vector(&*collection, 8, 8).await;
    assert_eq!(searched(&collection).await, DOCUMENTS as usize - 1);
    let health = index.check().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.error.unwrap().contains("jarvis reindex"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_two_damaged_copies_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=4_u64 {
        let collection = open(dir.path()).await;
        assert_eq!(all(&*collection).await.len(), 0);
        collection.apply(vec![entry(round)]).await.unwrap();
        collection.commit().await.unwrap();
        drop(collection);
        change(&dir.path().join("test").join("rows"), |bytes| bytes.truncate(10)).unwrap();
    }
    let index = open_index(dir.path());
    index.open(spec()).await.unwrap();
    let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".lock", "test", "test.damaged-1", "test.damaged-2"]);
    assert_eq!(index.names().await.unwrap(), ["test"], "what was set aside is no collection");
}
