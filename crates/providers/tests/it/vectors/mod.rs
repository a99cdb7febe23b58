//! The index of vectors.

mod conformance;
mod crash;
mod damage;
mod durability;
mod full_disk;
mod model;

use jarvis_core::{
    Timestamp,
    ports::{
        CollectionSpec, EmbeddingModel, Tag, VectorChange, VectorCollection, VectorDocument, VectorEntry, VectorFilter,
        VectorIndex as _, VectorQuery,
    },
    types::{DocKind, DocRef},
};
use jarvis_providers::vectors::{SlabIndex, VectorOptions};
use std::{collections::BTreeSet, path::Path, sync::Arc};
use uuid::Uuid;

pub(crate) const DIMENSION: usize = 48;

pub(crate) fn spec() -> CollectionSpec {
    CollectionSpec { name: "test".to_owned(), model: EmbeddingModel { id: "m".to_owned(), dimension: DIMENSION } }
}

pub(crate) fn open_index(dir: &Path) -> Arc<SlabIndex> {
    SlabIndex::open(Some(dir.to_owned()), VectorOptions { cascade_rows: 64 }).unwrap()
}

/// The one collection of an index in a directory.
pub(crate) async fn open(dir: &Path) -> Arc<dyn VectorCollection> {
    open_index(dir).open(spec()).await.unwrap()
}

pub(crate) fn doc(number: u64) -> DocRef {
    DocRef {
        kind: DocKind::Message,
        id: Uuid::from_u128(0xd0c0_0000_0000_0000_0000_0000_0000_0000 | u128::from(number)),
    }
}

/// A vector of length 1 that a seed gives.
pub(crate) fn vector(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let mut values: Vec<f32> = (0..DIMENSION)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut values {
        *value /= length;
    }
    values
}

/// Ten documents share a tag; all have another.
pub(crate) fn document(number: u64, seed: u64) -> VectorDocument {
    VectorDocument {
        doc: doc(number),
        vector: vector(seed),
        tags: vec![Tag("all".into()), Tag(format!("ten:{}", number / 10).into())],
        created_at: Timestamp::from_micros(1_795_248_000_000_000 + number as i64),
    }
}

/// The change that adds a document, at the place of its number.
pub(crate) fn entry(number: u64) -> VectorEntry {
    VectorEntry { seq: number, change: VectorChange::Upsert(document(number, number)) }
}

pub(crate) fn all_of(tag: &str) -> VectorFilter {
    VectorFilter { all: vec![vec![Tag(tag.to_owned().into())]], ..VectorFilter::default() }
}

/// Numbers of all documents there are, looked for in two ways. A document found twice is an error.
pub(crate) async fn all(collection: &dyn VectorCollection) -> BTreeSet<u64> {
    let mut found = Vec::new();
    for filter in [VectorFilter::default(), all_of("all")] {
        let hits = collection.nearest(&VectorQuery { vector: vector(0), filter, limit: 10_000 }).await.unwrap();
        let numbers: BTreeSet<u64> = hits.iter().map(|hit| hit.doc.id.as_u128() as u64).collect();
        assert_eq!(numbers.len(), hits.len(), "no document is found twice");
        found.push(numbers);
    }
    let tagged = found.pop().unwrap();
    let numbers = found.pop().unwrap();
    assert_eq!(numbers, tagged, "rows and tags say the same");
    assert_eq!(collection.count().await.unwrap(), numbers.len() as u64);
    numbers
}

/// Asserts that a document has the vector of a seed.
pub(crate) async fn has_vector(collection: &dyn VectorCollection, number: u64, seed: u64) {
    let score = collection.score(&vector(seed), &[doc(number)]).await.unwrap()[0];
    assert!(score.is_some_and(|score| score > 0.999), "document {number} has the vector {seed}: {score:?}");
}
