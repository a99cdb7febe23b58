//! The best of many, by estimate.

/// A row with its score.
pub(crate) type Scored = (f32, u32);

/// Keeps the best `keep` of what it is shown: those that reach a threshold are gathered, and when many do, the worse half
/// goes and the threshold rises. Of equal scores the higher slot is better: it is likely the newer document.
#[derive(Debug)]
pub(crate) struct Best {
    keep: usize,
    threshold: f32,
    found: Vec<Scored>,
}

impl Best {
    pub(crate) fn new(keep: usize) -> Self {
        let threshold = if keep == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { keep, threshold, found: Vec::with_capacity(room(keep).min(1 << 16)) }
    }

    /// Only what reaches this can get in.
    pub(crate) fn threshold(&self) -> f32 {
        self.threshold
    }

    pub(crate) fn show(&mut self, score: f32, slot: u32) {
        if score >= self.threshold && self.keep > 0 {
            self.found.push((score, slot));
            if self.found.len() >= room(self.keep) {
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        if self.keep > 0 && self.found.len() > self.keep {
            let (_, worst, _) = self.found.select_nth_unstable_by(self.keep - 1, better);
            self.threshold = worst.0;
            self.found.truncate(self.keep);
        }
    }

    /// In no order.
    pub(crate) fn into_found(mut self) -> Vec<Scored> {
        self.shrink();
        self.found
    }

    /// Best first.
    pub(crate) fn into_sorted(self) -> Vec<Scored> {
        let mut found = self.into_found();
        found.sort_unstable_by(better);
        found
    }
}

fn room(keep: usize) -> usize {
    keep.saturating_mul(2).saturating_add(64)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "sorting compares by reference")]
fn better(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(b.1.cmp(&a.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::rotation::Random;

    #[test]
    fn keeps_what_sorting_would() {
        let mut random = Random::new(5);
        for keep in [0, 1, 10, 100, 5_000] {
            let shown: Vec<Scored> = (0..3_000).map(|slot| ((random.next() >> 40) as f32, slot)).collect();
            let mut best = Best::new(keep);
            for &(score, slot) in &shown {
                best.show(score, slot);
            }
            let mut expected = shown;
            expected.sort_unstable_by(better);
            expected.truncate(keep);
            assert_eq!(best.into_sorted(), expected);
        }
    }
}
