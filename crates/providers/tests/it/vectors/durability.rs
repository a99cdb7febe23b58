//! What a commit keeps, what it erases, and that nobody notices one.

use jarvis_core::ports::{EmbeddingModel, Tag, VectorChange, VectorEntry, VectorFilter, VectorIndex as _, VectorQuery};
use jarvis_providers::vectors::{SlabIndex, VectorOptions};
use std::{fs, path::Path};

use super::{all, all_of, doc, document, entry, has_vector, open, open_index, spec, vector};

#[tokio::test(flavor = "multi_thread")]
async fn reopened_vectors_are_those_committed() {
    let dir = tempfile::tempdir().unwrap();
    let collection = open(dir.path()).await;
    collection.apply((1..=120).map(entry).collect()).await.unwrap();
    assert_eq!(collection.commit().await.unwrap(), 120);
    collection.apply((121..=150).map(entry).collect()).await.unwrap();
    let replaced = VectorEntry { seq: 151, change: VectorChange::Upsert(document(3, 777)) };
    let deleted = VectorEntry { seq: 152, change: VectorChange::Delete(doc(4)) };
    collection.apply(vec![replaced.clone(), deleted.clone()]).await.unwrap();
    drop(collection);

    let collection = open(dir.path()).await;
    assert_eq!((collection.position().await.unwrap(), collection.applied().await.unwrap()), (120, 120));
    assert_eq!(all(&*collection).await, (1..=120).collect());
    for number in [3, 4, 120] {
        has_vector(&*collection, number, number).await;
    }
    collection.apply((100..=150).map(entry).chain([replaced, deleted]).collect()).await.unwrap();
    // several commits, each a record in the side file
    for number in 153..=160 {
        collection.apply(vec![entry(number)]).await.unwrap();
        assert_eq!(collection.commit().await.unwrap(), number);
    }
    drop(collection);
    let collection = open(dir.path()).await;
    assert_eq!(all(&*collection).await, (1..=150).chain(153..=160).filter(|number| *number != 4).collect());
    has_vector(&*collection, 3, 777).await;
    let query = VectorQuery { vector: vector(0), filter: all_of("ten:15"), limit: 100 };
    assert_eq!(collection.nearest(&query).await.unwrap().len(), 1 + 7, "150 and 153 to 159");
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_have_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let first = open_index(dir.path());
    let error = SlabIndex::open(Some(dir.path().to_owned()), VectorOptions::default()).unwrap_err();
    assert_eq!(error.message(), "another process uses these vectors; stop it, or choose another data directory");
    drop(first);
    open_index(dir.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_starts_over_and_keeps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let collection = open(dir.path()).await;
    collection.apply(vec![entry(1)]).await.unwrap();
    collection.commit().await.unwrap();
    drop(collection);
    let mut other = spec();
    other.model = EmbeddingModel { id: "another".to_owned(), ..other.model };
    let collection = open_index(dir.path()).open(other).await.unwrap();
    assert_eq!((collection.position().await.unwrap(), collection.count().await.unwrap()), (0, 0));
    assert!(!holds(dir.path(), &[doc(1).id.as_bytes()]));
}

/// Whether a file below holds one of some bytes.
fn holds(dir: &Path, wanted: &[&[u8]]) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, wanted);
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut fs::File::open(path).unwrap(), &mut bytes).unwrap();
        wanted.iter().any(|wanted| bytes.windows(wanted.len()).any(|window| window == *wanted))
    })
}

/// Each way to delete a document, and the documents that stay.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_in_no_file_after_the_commit() {
    let changes: [(&str, VectorChange); 3] = [
        ("deleted", VectorChange::Delete(doc(42))),
        ("deleted by its tag", VectorChange::DeleteTagged(Tag("secret".into()))),
        ("replaced", VectorChange::Upsert(document(42, 4_242))),
    ];
    for (name, change) in changes {
        let dir = tempfile::tempdir().unwrap();
        let collection = open(dir.path()).await;
        let mut secret = document(42, 42);
        secret.tags.push(Tag("secret".into()));
        let mut entries: Vec<VectorEntry> = (1..=100).filter(|number| *number != 42).map(entry).collect();
        entries.push(VectorEntry { seq: 101, change: VectorChange::Upsert(secret) });
        collection.apply(entries).await.unwrap();
        collection.commit().await.unwrap();
        let values: Vec<u8> = vector(42)[..4].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert!(holds(dir.path(), &[&values]) && holds(dir.path(), &[b"secret"]));
        let is_replaced = matches!(change, VectorChange::Upsert(_));
        collection.apply(vec![VectorEntry { seq: 102, change }]).await.unwrap();
        collection.commit().await.unwrap();
        assert!(!holds(dir.path(), &[&values, b"secret"]), "{name}");
        assert_eq!(holds(dir.path(), &[doc(42).id.as_bytes()]), is_replaced, "{name}");
        // the slot is used again
        collection.apply(vec![entry(103)]).await.unwrap();
        collection.commit().await.unwrap();
        drop(collection);
        let collection = open(dir.path()).await;
        has_vector(&*collection, 103, 103).await;
        let there = (1..=103).filter(|number| ![101, 102].contains(number) && (*number != 42 || is_replaced));
        assert_eq!(all(&*collection).await, there.collect(), "{name}");
    }
}

/// A crash leaves rows that no checkpoint knows; the next commit erases them.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_committed_is_erased_by_the_next_commit() {
    let dir = tempfile::tempdir().unwrap();
    let collection = open(dir.path()).await;
    collection.apply((1..=10).map(entry).collect()).await.unwrap();
    collection.apply(vec![VectorEntry { seq: 11, change: VectorChange::Delete(doc(5)) }]).await.unwrap();
    collection.commit().await.unwrap();
    // one goes into the free slot, the others behind
    collection.apply((20..=25).map(entry).collect()).await.unwrap();
    drop(collection);
    let ids: Vec<_> = (20..=25).map(|number| *doc(number).id.as_bytes()).collect();
    let ids: Vec<&[u8]> = ids.iter().map(<[u8; 16]>::as_slice).collect();
    assert!(holds(dir.path(), &ids));
    let collection = open(dir.path()).await;
    collection.commit().await.unwrap();
    assert!(!holds(dir.path(), &ids));
    collection.apply((30..=45).map(entry).collect()).await.unwrap();
    assert_eq!(all(&*collection).await, (1..=10).filter(|number| *number != 5).chain(30..=45).collect());
}

/// Every search sees each document that was applied before it, once and whole, whatever is written beside it.
#[tokio::test(flavor = "multi_thread")]
async fn searches_beside_changes_see_every_document_once() {
    const DOCUMENTS: u64 = 600;
    let dir = tempfile::tempdir().unwrap();
    let collection = open(dir.path()).await;
    let writing = {
        let collection = collection.clone();
        tokio::spawn(async move {
            for number in 1..=DOCUMENTS {
                // every third is said twice: the later replaces the earlier
                let change = entry(number).change;
                let mut entries = vec![VectorEntry { seq: 2 * number - 1, change: change.clone() }];
                if number % 3 == 0 {
                    entries.push(VectorEntry { seq: 2 * number, change });
                }
                collection.apply(entries).await.unwrap();
                if number % 5 == 0 {
                    collection.commit().await.unwrap();
                }
            }
        })
    };
    let mut seen = 0;
    while seen < DOCUMENTS {
        let before = collection.applied().await.unwrap().div_ceil(2);
        let query = VectorQuery { vector: vector(1), filter: VectorFilter::default(), limit: 10_000 };
        let hits = collection.nearest(&query).await.unwrap();
        let after = collection.applied().await.unwrap().div_ceil(2);
        seen = hits.len() as u64;
        let mut numbers: Vec<u64> = hits.iter().map(|hit| hit.doc.id.as_u128() as u64).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=seen).collect::<Vec<_>>());
        assert!(before <= seen && seen <= after, "{before} <= {seen} <= {after}");
    }
    writing.await.unwrap();
    assert_eq!(collection.count().await.unwrap(), DOCUMENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_stay_until_they_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let index = open_index(dir.path());
    let collection = index.open(spec()).await.unwrap();
    collection.apply(vec![entry(1)]).await.unwrap();
    drop((collection, index));
    let index = open_index(dir.path());
    assert_eq!(index.names().await.unwrap(), ["test"], "without being opened");
    index.remove("test").await.unwrap();
    assert!(!dir.path().join("test").try_exists().unwrap());
    assert_eq!(index.names().await.unwrap(), Vec::<String>::new());
}
