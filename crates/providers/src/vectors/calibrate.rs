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
    /// The same for the hundred nearest, which may be too many where the ten are not.
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
        let keep = match limit {
            _ if ten == 0 || self.rows == 0 => return None,
            ..=10 => ten,
            _ if hundred == 0 => return None,
            11..=100 => ten + hundred.saturating_sub(ten) * (limit - 10) / 90,
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
    let proven = |ranks, limit| {
        let keep = keep(ranks, limit).filter(|keep| recall(view, &samples, centre, *keep, limit) >= RECALL);
        keep.unwrap_or_default() as u32
    };
    Keeps { rows: view.count, ten: proven(ten, 10), hundred: proven(hundred, DEPTH) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{live::Live, open::create, options::VectorOptions};
    use jarvis_core::{
        Timestamp,
        ports::{EmbeddingModel, VectorChange, VectorDocument, VectorEntry, VectorFilter},
        types::{DocKind, DocRef},
    };
    use std::sync::RwLock;
    use uuid::Uuid;

    const DIMENSION: usize = 64;

    fn unit(mut values: Vec<f32>) -> Vec<f32> {
        let length = dot(&values, &values).sqrt();
        for value in &mut values {
            *value /= length;
        }
        values
    }

    fn random(seed: u64, length: usize) -> Vec<f32> {
        let mut random = Random::new(seed);
        (0..length).map(|_| (random.next() >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    /// A collection of so many rows, tuned from the thousandth on.
    fn tuned(rows: u64, vector: impl Fn(u64) -> Vec<f32>) -> Live {
        let model = EmbeddingModel { id: "m".to_owned(), dimension: DIMENSION };
        let opened = create(None, &model, VectorOptions { cascade_rows: 1_000 }, 0).unwrap();
        let (mut writer, live) = (opened.writer, RwLock::new(opened.live));
        let entry = |row: u64| {
            let doc = DocRef { kind: DocKind::Memory, id: Uuid::from_u128(u128::from(row)) };
            let created_at = Timestamp::from_micros(row as i64);
            let document = VectorDocument { doc, vector: vector(row), tags: Vec::new(), created_at };
            VectorEntry { seq: row + 1, change: VectorChange::Upsert(document) }
        };
        writer.apply(&live, (0..rows).map(entry).collect()).unwrap();
        live.into_inner().unwrap()
    }

    /// Around fifty places.
    fn grouped(row: u64) -> Vec<f32> {
        let (place, off) = (random(row % 50 + 1_000_000, DIMENSION), random(row, DIMENSION));
        unit(place.into_iter().zip(off).map(|(place, off)| place + 0.5 * off).collect())
    }

    #[test]
    fn the_first_pass_keeps_what_the_exact_scan_finds() {
        let live = tuned(2_500, grouped);
        let (view, keeps) = (live.view(&VectorFilter::default()), live.keeps);
        assert!(keeps.rows == 2_500 && keeps.ten > 0 && u64::from(keeps.ten) * 4 < keeps.rows, "{keeps:?}");
        let (mut found, mut wanted) = (0, 0);
        for question in 0..40 {
            let vector = grouped(9_000_000 + question);
            let mut exact: Vec<(f32, u32)> =
                slots(&view.masks).map(|slot| (cosine(&vector, view.rows.floats(slot)), slot)).collect();
            exact.sort_by(|a, b| b.0.total_cmp(&a.0));
            let centre = view.centre.as_deref().unwrap();
            let kept = cascade(&view, &vector, &view.masks, centre, keeps.keep(10, view.count).unwrap(), 10);
            found += exact[..10].iter().filter(|hit| kept.contains(hit)).count();
            wanted += 10;
        }
        assert!(found as f32 >= 0.98 * wanted as f32, "{found} of {wanted}");
    }

    #[test]
    fn the_bytes_serve_where_signs_say_nothing() {
        // all in one number: every row has the same sign bits
        let live = tuned(1_500, |row| {
            let mut vector = vec![1e-4 * row as f32 / 1_500.0; DIMENSION];
            vector[0] = 1.0;
            unit(vector)
        });
        assert_eq!((live.keeps.rows, live.keeps.keep(10, 1_500).filter(|keep| keep * 4 < 1_500)), (1_500, None));
    }

    #[test]
    fn keeps_grow_with_the_limit_and_the_rows() {
        let keeps = Keeps { rows: 1_000, ten: 100, hundred: 400 };
        let keep = |limit, rows| keeps.keep(limit, rows);
        assert_eq!([keep(1, 1_000), keep(10, 1_000), keep(55, 1_000)], [Some(100), Some(100), Some(250)]);
        assert_eq!([keep(100, 1_000), keep(1_000, 1_000), keep(10, 1_500)], [Some(400), Some(4_000), Some(150)]);
        assert_eq!(Keeps { ten: 0, ..keeps }.keep(10, 1_000), None);
        let only_ten = Keeps { hundred: 0, ..keeps };
        assert_eq!([only_ten.keep(10, 1_000), only_ten.keep(11, 1_000)], [Some(100), None]);
        assert!(Keeps::default().is_due(1) && keeps.is_due(2_000) && !keeps.is_due(1_999));
    }
}
