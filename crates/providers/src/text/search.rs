//! Answering a question: the best documents, or the scores of given ones.

use jarvis_core::{
    Result, Timestamp,
    ports::{TextHit, TextHits, TextQuery, TextScore, TextScores},
    text::search::Question,
    types::DocRef,
};
use tantivy::DocId;

use super::{
    admission::Admission,
    bm25::to_score,
    committed::Leaf,
    exact::{self, Score, Scored, score_tail},
    filters::Filters,
    pruned::{Large, Search, Window},
    state::{View, readable},
    top::{Match, Top},
};

/// The deepest hit that can be asked for: offset and limit together.
const MAX_DEPTH: usize = 10_000;

/// The best documents.
pub(crate) fn search(view: &View, query: &TextQuery, question: &Question, filters: &Filters) -> Result<TextHits> {
    let depth = query.offset.saturating_add(query.limit).min(MAX_DEPTH);
    let (found, total, total_is_exact) = readable(best(view, question, filters, depth))?;
    let hits = found
        .into_iter()
        .skip(query.offset)
        .map(|found| TextHit {
            doc: found.doc,
            score: to_score(found.points),
            created_at: Timestamp::from_micros(found.created_at),
        })
        .collect();
    Ok(TextHits { hits, total, total_is_exact })
}

fn best(view: &View, question: &Question, filters: &Filters, depth: usize) -> tantivy::Result<(Vec<Match>, u64, bool)> {
    let leaves = leaves(view, filters)?;
    let mut top = Top::new(depth);
    if let Some(scored) = exact::score(view, &leaves, question, filters)? {
        let mut total = show_tail(view, &scored.tail, &mut top);
        for (leaf, part) in leaves.iter().zip(&scored.leaves) {
            for (&doc, &Score { points, .. }) in
                part.docs.iter().zip(&part.scores).filter(|(_, score)| score.points > 0)
            {
                total += 1;
                if points >= top.threshold() {
                    let (doc, created_at) = leaf.segment.identity(doc);
                    top.show(Match { points, created_at, doc });
                }
            }
        }
        return Ok((top.into_sorted(), total, true));
    }
    let Large { bm25, lists } = Large::open(view, &leaves, question, filters)?;
    let seen = show_tail(view, &score_tail(&bm25, &view.tail), &mut top);
    let mut search = Search { bm25: &bm25, question, filters, top, seen, is_whole: true };
    let mut window = Window::new();
    for (leaf, lists) in leaves.iter().zip(lists) {
        search.leaf(leaf, lists, &mut window)?;
    }
    Ok((search.top.into_sorted(), search.seen, search.is_whole))
}

/// Shows the matches of the tail and counts them.
fn show_tail(view: &View, scores: &[Score], top: &mut Top) -> u64 {
    let mut total = 0;
    for (found, &Score { points, .. }) in view.tail.docs.iter().zip(scores).filter(|(_, score)| score.points > 0) {
        total += 1;
        top.show(Match { points, created_at: found.created_at, doc: found.doc });
    }
    total
}

/// The scores of given documents, in the order given.
pub(crate) fn score(view: &View, question: &Question, filters: &Filters, docs: &[DocRef]) -> Result<TextScores> {
    let (words, scores) = readable(scores(view, question, filters, docs))?;
    let docs = scores.into_iter().map(|Score { points, terms }| TextScore { score: to_score(points), words: terms });
    Ok(TextScores { words, docs: docs.collect() })
}

fn scores(
    view: &View,
    question: &Question,
    filters: &Filters,
    docs: &[DocRef],
) -> tantivy::Result<(Vec<f32>, Vec<Score>)> {
    let leaves = leaves(view, filters)?;
    let mut scores = vec![Score::default(); docs.len()];
    // documents by address, ascending, so that postings are read forward
    let mut committed: Vec<(usize, DocId, usize)> = Vec::new();
    let mut held: Vec<(usize, usize)> = Vec::new();
    for (index, doc) in docs.iter().enumerate() {
        if let Some(position) = view.tail.position(*doc) {
            held.push((index, position));
        } else if let Some((segment, doc)) = view.snapshot.locate(*doc)? {
            committed.push((segment, doc, index));
        }
    }
    committed.sort_unstable();
    if let Some(Scored { bm25, leaves, tail }) = exact::score(view, &leaves, question, filters)? {
        for (index, position) in held {
            scores[index] = tail[position];
        }
        for (segment, doc, index) in committed {
            let part = &leaves[segment];
            scores[index] = part.docs.binary_search(&doc).map_or(Score::default(), |at| part.scores[at]);
        }
        return Ok((bm25.idfs(), scores));
    }
    let mut large = Large::open(view, &leaves, question, filters)?;
    let tail = score_tail(&large.bm25, &view.tail);
    for (index, position) in held {
        scores[index] = tail[position];
    }
    for wanted in committed.chunk_by(|a, b| a.0 == b.0) {
        let segment = wanted[0].0;
        let (leaf, lists) = (&leaves[segment], &mut large.lists[segment]);
        let mut admission = Admission::open(leaf, filters, question)?;
        for &(_, doc, index) in wanted {
            let found = lists.score(&large.bm25, leaf, doc);
            // a match is the asker's: terms are stored under their owner
            if found.points > 0 && admission.admits(doc) {
                scores[index] = found;
            }
        }
    }
    Ok((large.bm25.idfs(), scores))
}

fn leaves<'v>(view: &'v View, filters: &Filters) -> tantivy::Result<Vec<Leaf<'v>>> {
    view.snapshot.segments.iter().zip(&*view.dead).map(|(segment, dead)| Leaf::open(segment, filters, dead)).collect()
}
