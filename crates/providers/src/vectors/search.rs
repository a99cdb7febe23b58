//! The nearest rows: by sign bits, then by bytes, then exactly; or without the first, or the first two, where there are
//! few rows.

use jarvis_core::{
    Timestamp,
    ports::{VectorFilter, VectorHit},
    types::DocRef,
};

use super::{
    bits, bytes,
    filter::{Allowed, allowed},
    floats::cosine,
    layout::BLOCK_ROWS,
    live::{View, slots},
    prefetch::ahead,
    row::{Meta, check},
    top::{Best, Scored},
};

/// So few rows are scored exactly at once.
const EXACT_ROWS: usize = 1_024;

/// So many blocks ahead the first pass asks for memory: about 10 KB.
const BLOCKS_AHEAD: usize = 6;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) hits: Vec<VectorHit>,
    /// A row is not what was written: its file is damaged. Such rows are left out.
    pub(crate) damaged: bool,
}

/// The best rows that the filter lets through.
pub(crate) fn nearest(view: &View, vector: &[f32], filter: &VectorFilter, limit: usize) -> Found {
    if limit == 0 {
        return Found::default();
    }
    let scored = match allowed(view, filter) {
        Allowed::Rows(rows) if rows.len() <= EXACT_ROWS => exact(view, vector, rows.into_iter()),
        Allowed::Rows(rows) => {
            let kept = by_bytes(view, &view.rotation.apply(vector), rows.into_iter(), bytes_keep(limit));
            exact(view, vector, kept.into_iter())
        }
        Allowed::Masks(masks, count) => masked(view, vector, &masks, count, limit),
    };
    hits(view, vector, scored, limit)
}

fn masked(view: &View, vector: &[f32], masks: &[u32], count: u64, limit: usize) -> Vec<Scored> {
    if count <= EXACT_ROWS as u64 {
        return exact(view, vector, slots(masks));
    }
    // the calibration saw all rows; among chosen ones the near may be less near
    let margin = if count == view.count { 1 } else { 2 };
    let keep = view.keeps.keep(limit, view.count).map(|keep| keep * margin);
    match (&view.centre, keep) {
        (Some(centre), Some(keep)) if (keep as u64) * 4 < count => cascade(view, vector, masks, centre, keep, limit),
        _ => {
            let kept = by_bytes(view, &view.rotation.apply(vector), slots(masks), bytes_keep(limit));
            exact(view, vector, kept.into_iter())
        }
    }
}

/// All three passes.
pub(crate) fn cascade(
    view: &View,
    vector: &[f32],
    masks: &[u32],
    centre: &[f32],
    keep: usize,
    limit: usize,
) -> Vec<Scored> {
    let rotated = view.rotation.apply(vector);
    let near = by_bits(view, &rotated, masks, centre, keep);
    let kept = by_bytes(view, &rotated, near.into_found().into_iter().map(|(_, slot)| slot), bytes_keep(limit));
    exact(view, vector, kept.into_iter())
}

/// Rows that the second pass keeps: its rounding moves a row by a few places at most.
fn bytes_keep(limit: usize) -> usize {
    limit.saturating_mul(2).saturating_add(32)
}

/// The first pass.
pub(crate) fn by_bits(view: &View, rotated: &[f32], masks: &[u32], centre: &[f32], keep: usize) -> Best {
    let residual: Vec<f32> = rotated.iter().zip(centre).map(|(value, centre)| value - centre).collect();
    let question = bits::Question::new(&residual);
    let mut best = Best::new(keep);
    let mut estimates = [0.0; BLOCK_ROWS];
    for (number, &mask) in masks.iter().enumerate().filter(|(_, mask)| **mask != 0) {
        let first = (number * BLOCK_ROWS) as u32;
        if number + BLOCKS_AHEAD < masks.len() {
            view.rows.prefetch_block(((number + BLOCKS_AHEAD) * BLOCK_ROWS) as u32);
        }
        let (bits, factors) = view.rows.block(first);
        let mut above = question.estimate(bits, factors, best.threshold(), &mut estimates) & mask;
        while above != 0 {
            let row = above.trailing_zeros();
            above &= above - 1;
            best.show(estimates[row as usize], first + row);
        }
    }
    best
}

/// The second pass.
fn by_bytes(view: &View, rotated: &[f32], slots: impl Iterator<Item = u32>, keep: usize) -> Vec<u32> {
    let question = bytes::question(rotated);
    let mut best = Best::new(keep);
    for slot in ahead(slots, |slot| view.rows.prefetch_bytes(slot)) {
        let (row, scale) = view.rows.bytes(slot);
        best.show(bytes::dot(row, &question) as f32 * scale, slot);
    }
    best.into_found().into_iter().map(|(_, slot)| slot).collect()
}

/// The last pass.
fn exact(view: &View, vector: &[f32], slots: impl Iterator<Item = u32>) -> Vec<Scored> {
    let slots = ahead(slots, |slot| view.rows.prefetch_floats(slot));
    slots.map(|slot| (cosine(vector, view.rows.floats(slot)), slot)).collect()
}

/// The best of exactly scored rows as hits: best first, of equal ones the newest, then by document.
fn hits(view: &View, vector: &[f32], mut scored: Vec<Scored>, limit: usize) -> Found {
    if scored.len() > limit {
        // all that score as the last one that gets in are looked at
        let (_, edge, _) = scored.select_nth_unstable_by(limit - 1, |a, b| b.0.total_cmp(&a.0));
        let edge = edge.0;
        scored.retain(|(score, _)| *score >= edge);
    }
    let mut found = Found::default();
    let mut ordered: Vec<(VectorHit, u32)> = Vec::with_capacity(scored.len());
    for (score, slot) in scored {
        match view.rows.meta(slot) {
            Some(Meta { doc, .. }) => {
                let created_at = Timestamp::from_micros(view.rows.created_at(slot));
                ordered.push((VectorHit { doc, score, created_at }, slot));
            }
            None => found.damaged = true,
        }
    }
    ordered.sort_unstable_by(|(a, _), (b, _)| {
        b.score.total_cmp(&a.score).then(b.created_at.cmp(&a.created_at)).then(a.doc.cmp(&b.doc))
    });
    ordered.truncate(limit);
    let all = ordered.len();
    debug_assert!(vector.len() == view.rows.layout.dimension);
    found.hits = ordered.into_iter().filter(|(hit, slot)| is_whole(view, *slot, hit.doc)).map(|(hit, _)| hit).collect();
    found.damaged |= found.hits.len() < all;
    found
}

/// Whether a row is what was written.
pub(crate) fn is_whole(view: &View, slot: u32, doc: DocRef) -> bool {
    view.rows.meta(slot).is_some_and(|meta| {
        meta.doc == doc && meta.check == check(doc, view.rows.created_at(slot), view.rows.floats(slot))
    })
}
