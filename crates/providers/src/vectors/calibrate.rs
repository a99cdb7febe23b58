//! How many rows the first pass must keep, measured on the collection itself.

use std::collections::HashMap;

use super::{
    floats::{cosine, dot},
    live::{View, slots},
    rotation::Random,
    search::{by_bits, cascade},
    top::Best,
};

/// Questions asked; half are rows, half lie between two rows.
const SAMPLES: usize = 64;
/// Nearest rows looked for.
const DEPTH: usize = 100;
/// This share of the nearest must be kept.
const KEPT: f32 = 0.99;
/// Below this recall of the whole cascade the bytes serve.
const RECALL: f32 = 0.98;
/// Rows of the first pass are kept at least.
const MIN_KEEP: usize = 64;

/// What was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keeps {
    /// Rows there were; 0 before the first calibration.
    pub(crate) rows: u64,
    /// Rows that the first pass keeps for the ten nearest; 0 when the first pass tells too little.
    pub(crate) ten: u32,
    /// The same for the hundred nearest.
    pub(crate) hundred: u32,
}

impl Keeps {
    /// Whether the collection has grown so much that this may be wrong.
    pub(crate) fn is_due(&self, rows: u64) -> bool {
        rows >= self.rows.saturating_mul(2)
    }

    /// Rows to keep of the first pass; none when it should be left out.
    pub(crate) fn keep(&self, limit: usize, rows: u64) -> Option<usize> {
        let (ten, hundred, limit) = (u64::from(self.ten), u64::from(self.hundred), limit as u64);
        if ten == 0 || self.rows == 0 {
            return None;
        }
        let keep = match limit {
            ..=10 => ten,
            11..=100 => ten + (hundred.max(ten) - ten) * (limit - 10) / 90,
            _ => hundred.max(ten).saturating_mul(limit) / 100,
        };
        // rows that came since compete, too
        let grown = keep.saturating_mul(rows.max(self.rows)) / self.rows;
        usize::try_from(grown).ok()
    }
}

/// A question and the rows it was made of, which it finds too easily to count.
struct Sample {
    vector: Vec<f32>,
    made_of: [u32; 2],
    /// The nearest other rows and their scores.
    nearest: Vec<(f32, u32)>,
}

/// Measures. Costs about [`SAMPLES`] exact scans.
pub(crate) fn calibrate(view: &View, centre: &[f32]) -> Keeps {
    let mut samples = samples(view);
    find_nearest(view, &mut samples);
    let most = (view.count / 4) as usize;
    let (mut ten, mut hundred) = (Vec::new(), Vec::new());
    for sample in &samples {
        let rotated = view.rotation.apply(&sample.vector);
        let ranked = by_bits(view, &rotated, &view.masks, centre, most).into_sorted();
        let ranks: HashMap<u32, usize> = ranked.into_iter().map(|(_, slot)| slot).zip(1..).collect();
        let ranks = sample.nearest.iter().map(|(_, slot)| ranks.get(slot).copied().unwrap_or(usize::MAX));
        hundred.extend(ranks.clone());
        ten.extend(ranks.take(10));
    }
    let none = Keeps { rows: view.count, ten: 0, hundred: 0 };
    let (Some(ten), Some(hundred)) = (keep(ten, 10), keep(hundred, DEPTH)) else { return none };
    let reached =
        [(10, ten), (DEPTH, hundred.max(ten))].map(|(limit, keep)| recall(view, &samples, centre, keep, limit));
    if reached.iter().all(|recall| *recall >= RECALL) {
        Keeps { rows: view.count, ten: ten as u32, hundred: hundred.max(ten) as u32 }
    } else {
        none
    }
}

/// So many must be kept that a sufficient share of the ranks is among them, and a quarter more.
fn keep(mut ranks: Vec<usize>, limit: usize) -> Option<usize> {
    ranks.sort_unstable();
    let last = (ranks.len() as f32 * KEPT).ceil() as usize;
    let rank = *ranks.get(last.checked_sub(1)?)?;
    (rank < usize::MAX).then(|| (rank + rank / 4).max(2 * limit).max(MIN_KEEP))
}

fn samples(view: &View) -> Vec<Sample> {
    let mut random = Random::new(view.count);
    let all: Vec<u32> = slots(&view.masks).collect();
    let mut slot = || all.get((random.next() % all.len().max(1) as u64) as usize).copied();
    let mut samples = Vec::with_capacity(SAMPLES);
    for number in 0..SAMPLES {
        let (Some(one), Some(other)) = (slot(), slot()) else { break };
        let mut vector = view.rows.floats(one).to_vec();
        if number % 2 == 1 {
            vector.iter_mut().zip(view.rows.floats(other)).for_each(|(value, other)| *value += other / 2.0);
            let length = dot(&vector, &vector).sqrt();
            for value in &mut vector {
                *value /= length.max(f32::MIN_POSITIVE);
            }
        }
        // a zero vector is as near to everything
        if dot(&vector, &vector) > 0.5 {
            samples.push(Sample { vector, made_of: [one, other], nearest: Vec::new() });
        }
    }
    samples
}

/// One pass over all rows, exactly, for all samples.
fn find_nearest(view: &View, samples: &mut [Sample]) {
    let mut best: Vec<Best> = samples.iter().map(|_| Best::new(DEPTH)).collect();
    for slot in slots(&view.masks) {
        let row = view.rows.floats(slot);
        for (sample, best) in samples.iter().zip(&mut best) {
            if !sample.made_of.contains(&slot) {
                best.show(cosine(&sample.vector, row), slot);
            }
        }
    }
    for (sample, best) in samples.iter_mut().zip(best) {
        sample.nearest = best.into_sorted();
    }
}

/// The share of the nearest that the cascade finds. One that scores as well as the last of them is as good.
fn recall(view: &View, samples: &[Sample], centre: &[f32], keep: usize, limit: usize) -> f32 {
    let (mut found, mut wanted) = (0, 0);
    for sample in samples {
        let Some((edge, _)) = sample.nearest.get(..limit).and_then(<[_]>::last) else { continue };
        let scored = cascade(view, &sample.vector, &view.masks, centre, keep + 2, limit + 2);
        let near = scored.iter().filter(|(score, slot)| score >= edge && !sample.made_of.contains(slot)).count();
        found += near.min(limit);
        wanted += limit;
    }
    if wanted == 0 { 0.0 } else { found as f32 / wanted as f32 }
}
