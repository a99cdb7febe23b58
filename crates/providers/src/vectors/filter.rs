//! Which rows a filter lets through.

use jarvis_core::{Timestamp, ports::VectorFilter};
use roaring::RoaringBitmap;
use std::sync::Arc;

use super::{
    layout::BLOCK_ROWS,
    live::{View, slots},
};

/// Of at least so many rows for each one let through, those let through are visited one by one; of fewer, all are passed
/// over with a mask. Measured: to visit a row costs 60 to 150 ns, as it lies on a page of its own, to pass over one 2 to 4.
const SPARSE: u64 = 32;

/// Rows that may be answered.
#[derive(Debug)]
pub(crate) enum Allowed {
    /// These, ascending.
    Rows(Vec<u32>),
    /// Those whose bits are set, and how many they are.
    Masks(Arc<Vec<u32>>, u64),
}

/// What the filter that a view was taken with lets through.
pub(crate) fn allowed(view: &View, filter: &VectorFilter) -> Allowed {
    if filter.all.iter().any(Vec::is_empty) {
        return Allowed::Rows(Vec::new());
    }
    let from = filter.from.map_or(i64::MIN, Timestamp::as_micros);
    let until = filter.until.map(Timestamp::as_micros);
    let timed = from > i64::MIN || until.is_some();
    let in_time = |slot: &u32| {
        // a row's time is looked at only when it matters: it lies on a page of its own
        !timed || {
            let created_at = view.rows.created_at(*slot);
            from <= created_at && until.is_none_or(|until| created_at < until)
        }
    };
    let has_every_row = |group: &Vec<Arc<RoaringBitmap>>| group.iter().any(|tag| tag.len() == view.count);
    if !timed && view.none.is_empty() && view.all.iter().all(has_every_row) {
        return Allowed::Masks(Arc::clone(&view.masks), view.count);
    }
    if let Some(mut tagged) = tagged(view) {
        for none in &view.none {
            tagged -= &**none;
        }
        if tagged.len() * SPARSE < view.count {
            return Allowed::Rows(tagged.iter().filter(in_time).collect());
        }
        let mut masks = vec![0; view.masks.len()];
        for slot in tagged.iter().filter(in_time) {
            masks[slot as usize / BLOCK_ROWS] |= 1 << (slot as usize % BLOCK_ROWS);
        }
        return choose(view, masks);
    }
    let mut masks = Vec::clone(&view.masks);
    let mut clear = |slot: u32| {
        if let Some(mask) = masks.get_mut(slot as usize / BLOCK_ROWS) {
            *mask &= !(1 << (slot as usize % BLOCK_ROWS));
        }
    };
    view.none.iter().flat_map(|none| none.iter()).for_each(&mut clear);
    if timed {
        slots(&view.masks).filter(|slot| !in_time(slot)).for_each(&mut clear);
    }
    choose(view, masks)
}

fn choose(view: &View, masks: Vec<u32>) -> Allowed {
    let count = masks.iter().map(|mask| u64::from(mask.count_ones())).sum::<u64>();
    if count * SPARSE < view.count {
        Allowed::Rows(slots(&masks).collect())
    } else {
        Allowed::Masks(Arc::new(masks), count)
    }
}

/// Rows with a tag of each group; none when there are no groups.
fn tagged(view: &View) -> Option<RoaringBitmap> {
    let mut groups: Vec<RoaringBitmap> = Vec::new();
    for group in &view.all {
        let mut any = RoaringBitmap::new();
        match &group[..] {
            [one] => any.clone_from(one),
            several => several.iter().for_each(|rows| any |= &**rows),
        }
        groups.push(any);
    }
    groups.sort_by_key(RoaringBitmap::len);
    groups.into_iter().reduce(|mut both, group| {
        both &= group;
        both
    })
}
