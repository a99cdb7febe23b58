//! The scores against BM25 computed in the plainest way.

use jarvis_core::{
    ports::{TextHits, TextIndex, TextQuery, TextScore},
    types::Role,
};
use jarvis_providers::text::TantivyIndex;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::{doc, entry, owner, patient};

/// Documents as term numbers; the number of a document is its index, from 1.
struct Naive<'d> {
    docs: &'d [Vec<u32>],
    /// Which of them are searched.
    scope: BTreeSet<u64>,
}

impl Naive<'_> {
    /// Scores of the documents of the scope that match, for distinct terms.
    fn scores(&self, terms: &BTreeSet<u32>) -> BTreeMap<u64, f64> {
        let (k1, b) = (0.9, 0.4);
        let docs: Vec<(u64, &Vec<u32>)> =
            (1..).zip(self.docs).filter(|(number, _)| self.scope.contains(number)).collect();
        let count = docs.len() as f64;
        let average = docs.iter().map(|(_, doc)| doc.len()).sum::<usize>() as f64 / count;
        let mut scores = BTreeMap::new();
        for term in terms {
            let df = docs.iter().filter(|(_, doc)| doc.contains(term)).count() as f64;
            let idf = (1.0 + (count - df + 0.5) / (df + 0.5)).ln();
            for (number, doc) in &docs {
                let tf = doc.iter().filter(|other| *other == term).count() as f64;
                if tf > 0.0 {
                    let norm = k1 * (1.0 - b + b * doc.len() as f64 / average.max(1.0));
                    *scores.entry(*number).or_insert(0.0) += idf * tf * (k1 + 1.0) / (tf + norm);
                }
            }
        }
        scores
    }
}

/// Words that no stemmer changes and no language claims.
fn text(doc: &[u32]) -> String {
    doc.iter().map(|term| format!("w{term}")).collect::<Vec<_>>().join(" ")
}

/// The hits are the naive best: the same scores in the same order, each the naive score of its document.
fn assert_best(found: &TextHits, naive: &BTreeMap<u64, f64>, limit: usize) {
    let mut best: Vec<f64> = naive.values().copied().collect();
    best.sort_by(|a, b| b.total_cmp(a));
    best.truncate(limit);
    assert_eq!(found.hits.len(), best.len());
    for (hit, best) in found.hits.iter().zip(best) {
        let own = naive[&(hit.doc.id.as_u128() as u64)];
        assert!((f64::from(hit.score) - own).abs() < 2e-3, "{hit:?}: {own} expected");
        assert!((f64::from(hit.score) - best).abs() < 2e-3, "{hit:?} where {best} was expected");
    }
}

async fn filled(docs: &[Vec<u32>], commits: &[usize]) -> std::sync::Arc<TantivyIndex> {
    let index = TantivyIndex::open(None, patient()).unwrap();
    let mut batch = Vec::new();
    for (number, doc) in (1_u64..).zip(docs) {
        batch.push(entry(number, &text(doc)));
        if commits.contains(&(number as usize)) {
            index.apply(std::mem::take(&mut batch)).await.unwrap();
            index.commit().await.unwrap();
        }
    }
    index.apply(batch).await.unwrap();
    index
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_small_scope_is_scored_exactly(
        docs in prop::collection::vec(prop::collection::vec(0_u32..12, 1..30), 1..60),
        commits in prop::collection::vec(1_usize..60, 0..4),
        terms in prop::collection::btree_set(0_u32..14, 1..6),
        user_only: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let index = filled(&docs, &commits).await;
            let scope = (1..=docs.len() as u64).filter(|n| !user_only || n % 2 == 0).collect();
            let naive = Naive { docs: &docs, scope }.scores(&terms);
            let asked: Vec<u32> = terms.iter().copied().collect();
            let mut query = TextQuery::new(text(&asked), owner(), 10);
            query.role = user_only.then_some(Role::User);
            let found = index.search(&query).await.unwrap();
            assert_best(&found, &naive, 10);
            assert_eq!((found.total, found.total_is_exact), (naive.len() as u64, true));
            let all: Vec<_> = (1..=docs.len() as u64).map(doc).collect();
            let scores = index.score(&query, &all).await.unwrap();
            for (number, TextScore { score, .. }) in (1..).zip(scores.docs) {
                let expected = naive.get(&number).copied().unwrap_or(0.0);
                assert!((f64::from(score) - expected).abs() < 2e-3, "{number}: {score} is not {expected}");
            }
        });
    }

    #[test]
    fn any_question_gets_an_answer(texts in prop::collection::vec("(\\PC|[\"~ '-]){0,40}", 1..8), question in "(\\PC|[\"~ '-]){0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let index = TantivyIndex::open(None, patient()).unwrap();
            index.apply((1..).zip(&texts).map(|(n, text)| entry(n, text)).collect()).await.unwrap();
            let query = TextQuery::new(question.as_str(), owner(), 10);
            let before = index.search(&query).await.unwrap();
            index.commit().await.unwrap();
            assert_eq!(index.search(&query).await.unwrap(), before, "a commit changes no answer");
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            assert_eq!(index.snippets(&question, &texts).await.unwrap().len(), texts.len());
        });
    }
}

/// The plainest pseudo-random numbers (Marsaglia's xorshift), so that the large collection is the same every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Small ones far more often, as words are.
    fn skewed(&mut self, below: u64) -> u32 {
        let share = (self.next() % 1_000_000) as f64 / 1e6;
        ((below as f64).powf(share) - 1.0) as u32
    }
}

/// Pruning finds exactly the best of a scope too large to be scored whole, with and without a filter.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_scope_loses_nothing_to_pruning() {
    let mut numbers = Numbers(88_172_645_463_325_252);
    let docs: Vec<Vec<u32>> =
        (0..21_500).map(|_| (0..4 + numbers.next() % 12).map(|_| numbers.skewed(2_000)).collect()).collect();
    // three segments and a tail
    let index = filled(&docs, &[9_000, 18_000, 21_000]).await;
    let naive = Naive { docs: &docs, scope: (1..=docs.len() as u64).collect() };
    for _ in 0..12 {
        let terms: BTreeSet<u32> = (0..7).map(|_| numbers.skewed(2_000)).collect();
        let asked: Vec<u32> = terms.iter().copied().collect();
        let scores = naive.scores(&terms);
        let mut query = TextQuery::new(text(&asked), owner(), 10);
        let found = index.search(&query).await.unwrap();
        assert_best(&found, &scores, 10);
        assert!(found.total <= scores.len() as u64 && (!found.total_is_exact || found.total == scores.len() as u64));
        let wanted: Vec<_> = found.hits.iter().rev().map(|hit| hit.doc).collect();
        let again = index.score(&query, &wanted).await.unwrap();
        assert!(
            found.hits.iter().rev().map(|hit| hit.score).eq(again.docs.iter().map(|doc| doc.score)),
            "the same document, the same score"
        );

        // a filter that leaves more than a small scope keeps the statistics
        query.until = Some(super::message(20_800, "").created_at);
        let before: BTreeMap<u64, f64> = scores.into_iter().filter(|(number, _)| *number < 20_800).collect();
        assert_best(&index.search(&query).await.unwrap(), &before, 10);
    }
}
