//! The best of many.

use jarvis_core::types::DocRef;
use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use super::bm25::Points;

/// A match. Greater is better: more points, then newer, then the smaller id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) points: Points,
    /// Microseconds.
    pub(crate) created_at: i64,
    pub(crate) doc: DocRef,
}

impl Ord for Match {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.points, self.created_at)
            .cmp(&(other.points, other.created_at))
            .then_with(|| (other.doc.id, other.doc.kind).cmp(&(self.doc.id, self.doc.kind)))
    }
}

impl PartialOrd for Match {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the best `keep` of what it is shown.
#[derive(Debug)]
pub(crate) struct Top {
    keep: usize,
    best: BinaryHeap<Reverse<Match>>,
}

impl Top {
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, best: BinaryHeap::with_capacity(keep.min(1024)) }
    }

    /// Fewer points than this cannot get in; as many may, by age.
    pub(crate) fn threshold(&self) -> Points {
        if self.best.len() < self.keep { 1 } else { self.best.peek().map_or(Points::MAX, |worst| worst.0.points) }
    }

    pub(crate) fn show(&mut self, found: Match) {
        if self.best.len() < self.keep {
            self.best.push(Reverse(found));
        } else if let Some(mut worst) = self.best.peek_mut()
            && found > worst.0
        {
            worst.0 = found;
        }
    }

    /// Best first.
    pub(crate) fn into_sorted(self) -> Vec<Match> {
        self.best.into_sorted_vec().into_iter().map(|Reverse(found)| found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::types::DocKind;
    use uuid::Uuid;

    #[test]
    fn equal_scores_are_ordered_newest_first_then_by_id() {
        let found = |points, created_at, id| Match {
            points,
            created_at,
            doc: DocRef { kind: DocKind::Message, id: Uuid::from_u128(id) },
        };
        let mut top = Top::new(4);
        for shown in [found(1, 9, 1), found(5, 1, 4), found(5, 1, 3), found(5, 2, 9), found(7, 0, 5)] {
            top.show(shown);
        }
        assert_eq!(top.threshold(), 5);
        assert_eq!(top.into_sorted(), [found(7, 0, 5), found(5, 2, 9), found(5, 1, 3), found(5, 1, 4)]);
        assert_eq!(Top::new(0).threshold(), Points::MAX);
    }
}
