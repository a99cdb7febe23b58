//! Against a model that looks at everything.

use jarvis_core::{
    Timestamp,
    ports::{Tag, VectorChange, VectorCollection, VectorDocument, VectorEntry, VectorFilter, VectorHit, VectorQuery},
    types::DocRef,
};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;

use super::{doc, open, vector};

const TAGS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

#[derive(Clone, Debug)]
enum Step {
    Upsert {
        number: u64,
        seed: u64,
        tags: u16,
        at: i64,
    },
    Delete(u64),
    DeleteTagged(usize),
    Commit,
    /// Without a commit, so that what came since the last is lost and applied again.
    Reopen,
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..60_u64, 0..40_u64, any::<u16>(), 0..20_i64)
            .prop_map(|(number, seed, tags, at)| Step::Upsert { number, seed, tags, at }),
        3 => (0..60_u64).prop_map(Step::Delete),
        1 => (0..TAGS.len()).prop_map(Step::DeleteTagged),
        3 => Just(Step::Commit),
        1 => Just(Step::Reopen),
        1 => prop_oneof![9 => Just(Step::Commit), 1 => Just(Step::Clear)],
    ]
}

fn tags(bits: u16) -> Vec<Tag> {
    (0..TAGS.len()).filter(|tag| bits >> tag & 1 == 1).map(|tag| Tag(TAGS[tag].into())).collect()
}

fn filter() -> impl Strategy<Value = VectorFilter> {
    let group = vec(0..TAGS.len(), 0..3);
    let time = prop::option::of(0..20_i64);
    (vec(group.clone(), 0..3), group, time.clone(), time).prop_map(|(all, none, from, until)| {
        let named = |tags: Vec<usize>| tags.into_iter().map(|tag| Tag(TAGS[tag].into())).collect();
        VectorFilter {
            all: all.into_iter().map(named).collect(),
            none: named(none),
            from: from.map(Timestamp::from_micros),
            until: until.map(Timestamp::from_micros),
        }
    })
}

fn change(step: &Step) -> Option<VectorChange> {
    Some(match *step {
        Step::Upsert { number, seed, tags: bits, at } => VectorChange::Upsert(VectorDocument {
            doc: doc(number),
            vector: vector(seed),
            tags: tags(bits),
            created_at: Timestamp::from_micros(at),
        }),
        Step::Delete(number) => VectorChange::Delete(doc(number)),
        Step::DeleteTagged(tag) => VectorChange::DeleteTagged(Tag(TAGS[tag].into())),
        _ => return None,
    })
}

fn model_apply(model: &mut BTreeMap<DocRef, VectorDocument>, change: VectorChange) {
    match change {
        VectorChange::Upsert(document) => drop(model.insert(document.doc, document)),
        VectorChange::Delete(doc) => drop(model.remove(&doc)),
        VectorChange::DeleteTagged(tag) => model.retain(|_, document| !document.tags.contains(&tag)),
    }
}

/// Every document that passes, in the order promised, by the scores that the collection gives.
async fn naive(
    collection: &dyn VectorCollection,
    model: &BTreeMap<DocRef, VectorDocument>,
    query: &VectorQuery,
) -> Vec<VectorHit> {
    let VectorFilter { all, none, from, until } = &query.filter;
    let passes = |document: &&VectorDocument| {
        all.iter().all(|group| group.iter().any(|tag| document.tags.contains(tag)))
            && !none.iter().any(|tag| document.tags.contains(tag))
            && from.is_none_or(|from| from <= document.created_at)
            && until.is_none_or(|until| document.created_at < until)
    };
    let passing: Vec<&VectorDocument> = model.values().filter(passes).collect();
    let docs: Vec<DocRef> = passing.iter().map(|document| document.doc).collect();
    let scores = collection.score(&query.vector, &docs).await.unwrap();
    let mut hits = Vec::new();
    for (document, score) in passing.into_iter().zip(scores) {
        let cosine: f32 = document.vector.iter().zip(&query.vector).map(|(a, b)| a * b).sum();
        let score = score.unwrap();
        assert!((score - cosine).abs() < 1e-5, "{score} is not {cosine}");
        hits.push(VectorHit { doc: document.doc, score, created_at: document.created_at });
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.created_at.cmp(&a.created_at)).then(a.doc.cmp(&b.doc)));
    hits.truncate(query.limit);
    hits
}

async fn run(steps: Vec<Step>, filters: Vec<(VectorFilter, u64, usize)>) {
    let dir = tempfile::tempdir().unwrap();
    let mut collection = open(dir.path()).await;
    let mut model = BTreeMap::new();
    let mut log: Vec<VectorEntry> = Vec::new();
    for step in &steps {
        if let Some(change) = change(step) {
            let entry = VectorEntry { seq: log.len() as u64 + 1, change };
            log.push(entry.clone());
            collection.apply(vec![entry.clone()]).await.unwrap();
            model_apply(&mut model, entry.change);
        }
        match step {
            Step::Commit => assert_eq!(collection.commit().await.unwrap(), log.len() as u64),
            Step::Reopen => {
                drop(collection);
                collection = open(dir.path()).await;
                collection.apply(log.clone()).await.unwrap();
            }
            Step::Clear => {
                collection.clear().await.unwrap();
                model.clear();
                log.clear();
            }
            _ => {}
        }
        assert_eq!(collection.count().await.unwrap(), model.len() as u64);
    }
    for (filter, seed, limit) in filters {
        let query = VectorQuery { vector: vector(seed), filter, limit };
        let found = collection.nearest(&query).await.unwrap();
        assert_eq!(found, naive(&*collection, &model, &query).await, "{query:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn finds_what_looking_at_everything_finds(
        steps in vec(step(), 0..120),
        filters in vec((filter(), 0..60_u64, 0..70_usize), 6),
    ) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap().block_on(run(steps, filters));
    }
}

/// So many rows that every pass is taken, with deletions between.
#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_found_as_well() {
    const ROWS: u64 = 3_000;
    let dir = tempfile::tempdir().unwrap();
    let collection = open(dir.path()).await;
    // around a hundred places, each row a little off
    let near = |number: u64| -> Vec<f32> {
        let (place, off) = (vector(number % 100 + 1_000_000), vector(number));
        let mut mixed: Vec<f32> = place.iter().zip(off).map(|(place, off)| place + 0.8 * off).collect();
        let length = mixed.iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut mixed {
            *value /= length;
        }
        mixed
    };
    let document = |number: u64| VectorDocument {
        doc: doc(number),
        vector: near(number),
        tags: vec![Tag(if number.is_multiple_of(5) { "fifth" } else { "other" }.into())],
        created_at: Timestamp::from_micros(number as i64),
    };
    let mut model = BTreeMap::new();
    for (seq, start) in (1..).zip((0..ROWS).step_by(500)) {
        let upserts = (start..start + 500).map(|number| VectorChange::Upsert(document(number)));
        let changes: Vec<VectorChange> = upserts.chain([VectorChange::Delete(doc(start / 2))]).collect();
        for change in changes.clone() {
            model_apply(&mut model, change);
        }
        let entries = changes.into_iter().map(|change| VectorEntry { seq: 0, change }).collect();
        collection.apply(entries).await.unwrap();
        collection.resume_at(seq).await.unwrap();
        collection.commit().await.unwrap();
    }
    drop(collection);
    let collection = open(dir.path()).await;
    let fifth = VectorFilter { all: vec![vec![Tag("fifth".into())]], ..VectorFilter::default() };
    let (mut found, mut wanted) = (0, 0);
    for query in 0..12 {
        for (filter, limit) in [(VectorFilter::default(), 10), (VectorFilter::default(), 100), (fifth.clone(), 10)] {
            let query = VectorQuery { vector: near(query + 10_000_000), filter, limit };
            let hits = collection.nearest(&query).await.unwrap();
            assert!(hits.len() == limit && hits.is_sorted_by(|a, b| a.score >= b.score));
            let expected = naive(&*collection, &model, &query).await;
            found += expected.iter().filter(|hit| hits.contains(hit)).count();
            wanted += limit;
        }
    }
    assert!(found as f32 >= 0.98 * wanted as f32, "{found} of {wanted}");
}
