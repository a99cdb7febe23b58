//! Damaged files.

use jarvis_core::{
    ErrorKind,
    ports::{TextIndex as _, TextQuery},
};
use jarvis_providers::text::{TantivyIndex, TextOptions};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{all_with, entry, owner, patient};
use crate::files::{change, copy};

const DOCUMENTS: u64 = 300;

async fn make(path: &Path) {
    let index = TantivyIndex::open(Some(path.to_owned()), patient()).unwrap();
    for start in [1, 101, 201] {
        index.apply((start..start + 100).map(|n| entry(n, &format!("words number w{n}"))).collect()).await.unwrap();
        index.commit().await.unwrap();
    }
}

/// A way to damage a file, and its name.
type Way = (&'static str, fn(&Path));

/// One file of each kind, and each way to damage it.
fn damaged_copies(original: &Path, into: &Path) -> Vec<(String, PathBuf)> {
    let mut kinds: Vec<PathBuf> = fs::read_dir(original).unwrap().map(|file| file.unwrap().path()).collect();
    kinds.sort();
    kinds.dedup_by_key(|path| path.extension().map(ToOwned::to_owned));
    let ways: [Way; 4] = [
        ("cut in half", |path| change(path, |bytes| bytes.truncate(bytes.len() / 2)).unwrap()),
        ("emptied", |path| change(path, Vec::clear).unwrap()),
        ("a bit flipped", |path| {
            change(path, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x10;
            })
            .unwrap();
        }),
        ("removed", |path| fs::remove_file(path).unwrap()),
    ];
    let mut copies = Vec::new();
    for file in kinds.iter().filter(|path| fs::metadata(path).unwrap().len() > 0) {
        let name = file.file_name().unwrap();
        for (way, damage) in ways {
            let path = into.join(copies.len().to_string());
            copy(original, &path);
            damage(&path.join(name));
            copies.push((format!("{}: {way}", name.to_string_lossy()), path));
        }
    }
    copies
}

/// Whole or empty, and in either case ready to work.
async fn settles(name: &str, index: Arc<TantivyIndex>) {
    // files are read through within seconds of the start; until then a search may fail, but not crash
    let mut last = Ok(());
    for _ in 0..300 {
        let found = index.search(&TextQuery::new("words", owner(), 1000)).await;
        let position = index.position().await.unwrap();
        last = match found {
            Ok(found) if position == DOCUMENTS && found.total == DOCUMENTS => Ok(()),
            Ok(found) if position == 0 && found.total == 0 => Ok(()),
            Ok(found) => Err(format!("position {position}, {} found", found.total)),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{name}");
                Err(error.to_string())
            }
        };
        if last.is_ok() && position == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(last, Ok(()), "{name}");
    let again = index.position().await.unwrap();
    index.apply((again + 1..=DOCUMENTS).map(|n| entry(n, "words")).collect()).await.unwrap();
    assert_eq!(all_with(&*index, "words").await, (1..=DOCUMENTS).collect(), "{name}");
    assert_eq!(index.commit().await.unwrap(), DOCUMENTS, "{name}");
    assert_eq!(all_with(&*index, "words").await, (1..=DOCUMENTS).collect(), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_healed_by_starting_over() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    make(&original).await;
    let copies = damaged_copies(&original, &dir.path().join("copies"));
    assert!(copies.len() >= 4 * 6, "meta, terms, postings, positions, lengths, columns: {copies:?}");
    let settling = copies.into_iter().map(|(name, path)| async move {
        let index = TantivyIndex::open(Some(path), TextOptions::default()).unwrap();
        settles(&name, index).await;
    });
    futures_util::future::join_all(settling).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_damaged_copy_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    for _ in 0..2 {
        make(&path).await;
        change(&path.join("meta.json"), |bytes| bytes.truncate(10)).unwrap();
        let index = TantivyIndex::open(Some(path.clone()), patient()).unwrap();
        assert_eq!((index.position().await.unwrap(), index.count().await.unwrap()), (0, 0));
        drop(index);
        fs::remove_dir_all(&path).unwrap();
        let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["text.damaged"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_other_rules_is_built_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    make(&path).await;
    change(&path.join("meta.json"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("body_v1"));
        *bytes = text.replace("body_v1", "body_v0").into_bytes();
    })
    .unwrap();
    let index = TantivyIndex::open(Some(path), patient()).unwrap();
    assert_eq!((index.position().await.unwrap(), index.count().await.unwrap()), (0, 0));
}
