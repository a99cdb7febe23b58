//! Scoring every document of a small scope, with the statistics of that scope.

use jarvis_core::text::search::Question;
use tantivy::{DocId, TERMINATED, fieldnorm::FieldNormReader};

use super::{
    admission::Admission,
    bm25::{Bm25, Points, Statistics},
    committed::{Leaf, List},
    filters::Filters,
    state::View,
    tail::TailView,
};

/// Documents of a scope that is scored whole. Frequencies of the scope find better than those of the whole index: in
/// one conversation other words are rare.
pub(crate) const SMALL_SCOPE: usize = 20_000;

/// A list this many times longer than the scope is asked for each document instead of being read.
const SEEK_FACTOR: usize = 8;

/// Every document of the scope with its points; 0 where the question does not match.
pub(crate) struct Scored {
    pub(crate) bm25: Bm25,
    pub(crate) leaves: Vec<ScoredLeaf>,
    /// By index into the tail's documents.
    pub(crate) tail: Vec<Score>,
}

/// What a document has of the question.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) points: Points,
    /// Bit `i` for the `i`th term.
    pub(crate) terms: u64,
}

impl Score {
    #[inline]
    pub(crate) fn add(&mut self, term: usize, points: Points) {
        self.points += points;
        self.terms |= 1 << term;
    }
}

/// A leaf's part of the scope, scored.
pub(crate) struct ScoredLeaf {
    /// Ascending.
    pub(crate) docs: Vec<DocId>,
    /// One for each of `docs`.
    pub(crate) scores: Vec<Score>,
}

/// A leaf's part of the scope.
struct Gathered {
    docs: Vec<DocId>,
    /// For each term: index into `docs` and frequency, ascending.
    matches: Vec<Vec<(u32, u32)>>,
}

/// Scores the scope; none when it is not small.
pub(crate) fn score(
    view: &View,
    leaves: &[Leaf<'_>],
    question: &Question,
    filters: &Filters,
) -> tantivy::Result<Option<Scored>> {
    let mut room = SMALL_SCOPE.saturating_sub(view.tail.docs.iter().filter(|found| found.in_scope).count());
    let (owned, deleted) = leaves.iter().fold((0, 0), |(o, d), leaf| (o + leaf.owned(), d + leaf.deleted()));
    if filters.is_owner_only() && owned.saturating_sub(deleted) > room {
        return Ok(None);
    }
    if view.snapshot.is_large(filters) {
        return Ok(None);
    }
    let mut scopes = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let Some(docs) = leaf.scope(filters, room)? else {
            view.snapshot.note_large(filters);
            return Ok(None);
        };
        room -= docs.len();
        scopes.push(docs);
    }
    let gather =
        |(leaf, docs): (&Leaf<'_>, Vec<DocId>)| Ok(Gathered { matches: gather(leaf, &docs, question, filters)?, docs });
    let gathered: Vec<Gathered> = leaves.iter().zip(scopes).map(gather).collect::<tantivy::Result<_>>()?;
    let bm25 = Bm25::new(&statistics(&view.tail, leaves, &gathered, question));
    let tail = score_tail(&bm25, &view.tail);
    let leaves = leaves
        .iter()
        .zip(gathered)
        .map(|(leaf, gathered)| score_leaf(&bm25, leaf, gathered, question, filters))
        .collect::<tantivy::Result<_>>()?;
    Ok(Some(Scored { bm25, leaves, tail }))
}

fn gather(
    leaf: &Leaf<'_>,
    docs: &[DocId],
    question: &Question,
    filters: &Filters,
) -> tantivy::Result<Vec<Vec<(u32, u32)>>> {
    let mut matches = Vec::with_capacity(question.terms.len());
    for term in &question.terms {
        let mut found = Vec::new();
        let lists = if docs.is_empty() { Vec::new() } else { leaf.lists(term, filters)? };
        let several = lists.len() > 1;
        for list in lists {
            intersect(docs, list, &mut found);
        }
        if several {
            found.sort_unstable_by_key(|(index, _)| *index);
            found.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 += later.1;
                }
                same
            });
        }
        matches.push(found);
    }
    Ok(matches)
}

fn intersect(docs: &[DocId], mut list: List, found: &mut Vec<(u32, u32)>) {
    if list.len() > docs.len() * SEEK_FACTOR {
        for (index, &doc) in docs.iter().enumerate() {
            if list.seek(doc) == doc {
                found.push((index as u32, list.frequency()));
            }
        }
        return;
    }
    let mut index = 0;
    list.drain_until(TERMINATED, |doc, frequency| {
        while docs.get(index).is_some_and(|next| *next < doc) {
            index += 1;
        }
        if docs.get(index) == Some(&doc) {
            found.push((index as u32, frequency));
        }
    });
}

fn statistics(tail: &TailView, leaves: &[Leaf<'_>], gathered: &[Gathered], question: &Question) -> Statistics {
    let length = |code: u8| u64::from(FieldNormReader::id_to_fieldnorm(code));
    let mut docs = 0;
    let mut tokens = 0;
    for (leaf, part) in leaves.iter().zip(gathered) {
        docs += part.docs.len() as u64;
        tokens += part.docs.iter().map(|doc| length(leaf.length_code(*doc))).sum::<u64>();
    }
    for found in tail.docs.iter().filter(|found| found.in_scope) {
        docs += 1;
        tokens += length(found.length_code);
    }
    let doc_freq = |term: usize| {
        let held = tail.matches[term].iter().filter(|(index, _)| tail.docs[*index as usize].in_scope).count();
        (held + gathered.iter().map(|part| part.matches[term].len()).sum::<usize>()) as u64
    };
    Statistics { docs, tokens, doc_freqs: (0..question.terms.len()).map(doc_freq).collect() }
}

/// Points of the tail's documents; 0 for those outside the filters or against a condition.
pub(crate) fn score_tail(bm25: &Bm25, tail: &TailView) -> Vec<Score> {
    let mut scores = vec![Score::default(); tail.docs.len()];
    for (term, matches) in tail.matches.iter().enumerate() {
        for &(index, frequency) in matches {
            let found = &tail.docs[index as usize];
            if found.passes {
                scores[index as usize].add(term, bm25.points(term, frequency, found.length_code));
            }
        }
    }
    scores
}

fn score_leaf(
    bm25: &Bm25,
    leaf: &Leaf<'_>,
    gathered: Gathered,
    question: &Question,
    filters: &Filters,
) -> tantivy::Result<ScoredLeaf> {
    let Gathered { docs, matches } = gathered;
    let mut scores = vec![Score::default(); docs.len()];
    for (term, matches) in matches.iter().enumerate() {
        for &(index, frequency) in matches {
            let length_code = leaf.length_code(docs[index as usize]);
            scores[index as usize].add(term, bm25.points(term, frequency, length_code));
        }
    }
    if question.has_conditions() {
        let mut admission = Admission::open(leaf, filters, question)?;
        for (doc, score) in docs.iter().zip(&mut scores) {
            if score.points > 0 && !admission.meets_conditions(*doc) {
                *score = Score::default();
            }
        }
    }
    Ok(ScoredLeaf { docs, scores })
}
