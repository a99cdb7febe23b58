//! Answering a question: the best documents, or the scores of given ones.

use jarvis_core::{
    Result, Timestamp,
    ports::{TextHit, TextHits, TextQuery},
    types::DocRef,
};
use tantivy::DocId;

use super::{
    admission::Admission,
    bm25::{Points, to_score},
    committed::Leaf,
    exact::{self, Scored, score_tail},
    filters::Filters,
    pruned::{Large, Search, Window},
    query::Question,
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
        for (leaf, (docs, points)) in leaves.iter().zip(&scored.leaves) {
            for (&doc, &points) in docs.iter().zip(points).filter(|(_, points)| **points > 0) {
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
fn show_tail(view: &View, points: &[Points], top: &mut Top) -> u64 {
    let mut total = 0;
    for (found, &points) in view.tail.docs.iter().zip(points).filter(|(_, points)| **points > 0) {
        total += 1;
        top.show(Match { points, created_at: found.created_at, doc: found.doc });
    }
    total
}

/// The scores of given documents, in the order given.
pub(crate) fn score(view: &View, question: &Question, filters: &Filters, docs: &[DocRef]) -> Result<Vec<f32>> {
    let points = readable(points(view, question, filters, docs))?;
    Ok(points.into_iter().map(to_score).collect())
}

fn points(view: &View, question: &Question, filters: &Filters, docs: &[DocRef]) -> tantivy::Result<Vec<Points>> {
    let leaves = leaves(view, filters)?;
    let mut points = vec![0; docs.len()];
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
    if let Some(Scored { leaves, tail }) = exact::score(view, &leaves, question, filters)? {
        for (index, position) in held {
            points[index] = tail[position];
        }
        for (segment, doc, index) in committed {
            let (docs, scored) = &leaves[segment];
            points[index] = docs.binary_search(&doc).map_or(0, |at| scored[at]);
        }
        return Ok(points);
    }
    let mut large = Large::open(view, &leaves, question, filters)?;
    let tail = score_tail(&large.bm25, &view.tail);
    for (index, position) in held {
        points[index] = tail[position];
    }
    for wanted in committed.chunk_by(|a, b| a.0 == b.0) {
        let segment = wanted[0].0;
        let (leaf, lists) = (&leaves[segment], &mut large.lists[segment]);
        let mut admission = Admission::open(leaf, filters, question)?;
        for &(_, doc, index) in wanted {
            let found = lists.points(&large.bm25, leaf, doc);
            // a match is the asker's: terms are stored under their owner
            points[index] = if found > 0 && admission.admits(doc) { found } else { 0 };
        }
    }
    Ok(points)
}

fn leaves<'v>(view: &'v View, filters: &Filters) -> tantivy::Result<Vec<Leaf<'v>>> {
    view.snapshot.segments.iter().zip(&*view.dead).map(|(segment, dead)| Leaf::open(segment, filters, dead)).collect()
}
