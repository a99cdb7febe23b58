//! A random rotation that is cheap to apply: random signs and Hadamard transforms over two overlapping blocks, in turn
//! (the fast Johnson–Lindenstrauss transform of Ailon and Chazelle, with blocks that overlap where the dimension is no
//! power of two). It spreads what a vector says evenly over all numbers, so that one bit of each says much.

/// Four rounds mix any vector thoroughly.
const ROUNDS: usize = 4;
/// The same for every collection, so that a collection built anew answers the same.
const SEED: u64 = 0x6a61_7276_6973_0001;

/// The rotation for vectors of one length.
#[derive(Debug)]
pub(crate) struct Rotation {
    padded: usize,
    /// The largest power of two in `padded`.
    block: usize,
    /// 1 or -1, `padded` of them each round.
    signs: Vec<f32>,
}

impl Rotation {
    /// For rotated vectors of `padded` numbers, at least 1.
    pub(crate) fn new(padded: usize) -> Self {
        let mut random = Random::new(SEED ^ padded as u64);
        let signs = (0..ROUNDS * padded).map(|_| if random.next() >> 63 == 0 { 1.0 } else { -1.0 }).collect();
        Self { padded, block: 1 << padded.ilog2(), signs }
    }

    /// The rotated vector; what is missing of the padded length counts as zero.
    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.padded];
        for (out, value) in out.iter_mut().zip(vector) {
            *out = *value;
        }
        let scale = 1.0 / (self.block as f32).sqrt();
        for (round, signs) in self.signs.chunks_exact(self.padded).enumerate() {
            for (out, sign) in out.iter_mut().zip(signs) {
                *out *= sign;
            }
            let start = if round % 2 == 0 { 0 } else { self.padded - self.block };
            let block = &mut out[start..start + self.block];
            hadamard(block);
            for value in block {
                *value *= scale;
            }
        }
        out
    }
}

/// The fast Walsh–Hadamard transform, unscaled; the length is a power of two.
fn hadamard(values: &mut [f32]) {
    let mut half = 1;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = (*low + *high, *low - *high);
            }
        }
        half *= 2;
    }
}

/// A small reproducible generator (splitmix64, Steele, Lea, Flood).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_cosines_and_spreads_one_number_over_all() {
        for dimension in [1, 2, 63, 64, 65, 384, 768, 1000, 4096] {
            let padded = usize::next_multiple_of(dimension, 64);
            let rotation = Rotation::new(padded);
            let mut random = Random::new(1);
            let mut vector = || -> Vec<f32> {
                (0..dimension).map(|_| (random.next() >> 40) as f32 / (1 << 24) as f32 - 0.5).collect()
            };
            let (one, other) = (vector(), vector());
            let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            let (before, after) = (dot(&one, &other), dot(&rotation.apply(&one), &rotation.apply(&other)));
            assert!((before - after).abs() < 1e-4 * (1.0 + dimension as f32), "{dimension}: {before} {after}");
            let mut lone = vec![0.0; dimension];
            lone[dimension / 2] = 1.0;
            let largest = rotation.apply(&lone).into_iter().fold(0.0_f32, |max, value| max.max(value.abs()));
            assert!(largest < 6.0 / (padded as f32).sqrt(), "{dimension}: {largest}");
        }
    }
}
