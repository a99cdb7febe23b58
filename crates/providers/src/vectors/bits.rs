//! The first pass: one sign bit a number.
//!
//! A row x is kept as the signs s of x − c (c is the collection's centre, everything rotated) with two factors, from
//! which its score with a query q is estimated as `<x, c> + f · <s, q − c>`, f = |x − c|² / Σ|x − c|: the unbiased
//! estimate of RaBitQ (Gao and Long, 2024). The sum over the signs comes from tables of four signs each, looked up for 32
//! rows at a time by one instruction (André, Kermarrec and Le Scouarnec, "Quick ADC", 2017), so the bits of 32 rows lie
//! interleaved: 16 bytes for each four numbers, where byte j holds row j in its low half and row j + 16 in its high half.

use super::layout::BLOCK_ROWS;

/// A query made ready.
#[derive(Debug)]
pub(crate) struct Question {
    /// Sixteen sums for each four numbers.
    table: Vec<u8>,
    /// The sum over the signs is `step · looked up + base`.
    step: f32,
    base: f32,
}

impl Question {
    /// Of a rotated query less the centre; its length is a multiple of 64.
    pub(crate) fn new(query: &[f32]) -> Self {
        let groups = query.len() / 4;
        // what is looked up is added in 16 bits
        let highest = (usize::from(u16::MAX) / groups.max(1)).min(255) as f32;
        let (mut sums, mut least, mut widest) = (Vec::with_capacity(groups * 16), 0.0, 0.0_f32);
        for group in query.chunks_exact(4) {
            let lowest: f32 = group.iter().map(|value| value.min(0.0)).sum();
            widest = widest.max(group.iter().map(|value| value.abs()).sum());
            least += lowest;
            sums.extend((0..16_u8).map(|signs| {
                let chosen: f32 = (0..4).filter(|bit| signs >> bit & 1 == 1).map(|bit| group[bit]).sum();
                chosen - lowest
            }));
        }
        let step = if widest > 0.0 { widest / highest } else { 1.0 };
        let table = sums.into_iter().map(|sum| (sum / step).round().min(highest) as u8).collect();
        // signs are 1 and -1: twice what the set bits sum up to, less everything
        Self { table, step: 2.0 * step, base: 2.0 * least - query.iter().sum::<f32>() }
    }

    /// Estimates for a block; answers which reach the threshold, one bit a row.
    ///
    /// `bits` are the block's interleaved signs; `factors` its 32 f, then its 32 <x, c>.
    pub(crate) fn estimate(&self, bits: &[u8], factors: &[f32], threshold: f32, out: &mut [f32; BLOCK_ROWS]) -> u32 {
        debug_assert!(bits.len() == self.table.len() && factors.len() == 2 * BLOCK_ROWS);
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && factors.len() == 2 * BLOCK_ROWS {
            // SAFETY: the processor has AVX2, which is all that the function asks for.
            return unsafe { self.estimate_avx2(bits, factors, threshold, out) };
        }
        self.estimate_portable(bits, factors, threshold, out)
    }

    fn estimate_portable(&self, bits: &[u8], factors: &[f32], threshold: f32, out: &mut [f32; BLOCK_ROWS]) -> u32 {
        let mut sums = [0_u16; BLOCK_ROWS];
        for (bits, table) in bits.chunks_exact(16).zip(self.table.chunks_exact(16)) {
            for (row, byte) in bits.iter().enumerate() {
                sums[row] = sums[row].wrapping_add(u16::from(table[usize::from(byte & 15)]));
                sums[row + 16] = sums[row + 16].wrapping_add(u16::from(table[usize::from(byte >> 4)]));
            }
        }
        let (scales, offsets) = factors.split_at(BLOCK_ROWS);
        let mut above = 0;
        for row in 0..BLOCK_ROWS {
            out[row] = scales[row] * (f32::from(sums[row]) * self.step + self.base) + offsets[row];
            above |= u32::from(out[row] >= threshold) << row;
        }
        above
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    #[expect(clippy::cast_ptr_alignment, reason = "the loads are those that need no alignment")]
    fn estimate_avx2(&self, bits: &[u8], factors: &[f32], threshold: f32, out: &mut [f32; BLOCK_ROWS]) -> u32 {
        use std::arch::x86_64::{
            __m256i, _CMP_GE_OQ, _mm_add_epi16, _mm_unpackhi_epi16, _mm_unpacklo_epi16, _mm256_add_epi16,
            _mm256_add_ps, _mm256_and_si256, _mm256_castsi256_si128, _mm256_cmp_ps, _mm256_cvtepi32_ps,
            _mm256_cvtepu16_epi32, _mm256_extracti128_si256, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_movemask_ps,
            _mm256_mul_ps, _mm256_set1_epi8, _mm256_set1_ps, _mm256_setzero_si256, _mm256_shuffle_epi8,
            _mm256_slli_epi16, _mm256_srli_epi16, _mm256_storeu_ps, _mm256_sub_epi16,
        };
        let half = _mm256_set1_epi8(15);
        // sums of pairs of bytes, the upper of a pair counting 256-fold, and of the upper alone; rows 0 to 15, then the rest
        let mut sums = [_mm256_setzero_si256(); 4];
        for (bits, table) in bits.chunks_exact(32).zip(self.table.chunks_exact(32)) {
            // SAFETY: both chunks have 32 bytes; loads need no alignment.
            let (bits, table) = unsafe {
                (
                    _mm256_loadu_si256(bits.as_ptr().cast::<__m256i>()),
                    _mm256_loadu_si256(table.as_ptr().cast::<__m256i>()),
                )
            };
            let low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, half));
            let high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(bits), half));
            sums[0] = _mm256_add_epi16(sums[0], low);
            sums[1] = _mm256_add_epi16(sums[1], _mm256_srli_epi16::<8>(low));
            sums[2] = _mm256_add_epi16(sums[2], high);
            sums[3] = _mm256_add_epi16(sums[3], _mm256_srli_epi16::<8>(high));
        }
        let (step, base, least) = (_mm256_set1_ps(self.step), _mm256_set1_ps(self.base), _mm256_set1_ps(threshold));
        let mut above = 0;
        for half in 0..2 {
            let odd = sums[2 * half + 1];
            let even = _mm256_sub_epi16(sums[2 * half], _mm256_slli_epi16::<8>(odd));
            // the two lanes hold the sums of every other group
            let even = _mm_add_epi16(_mm256_castsi256_si128(even), _mm256_extracti128_si256::<1>(even));
            let odd = _mm_add_epi16(_mm256_castsi256_si128(odd), _mm256_extracti128_si256::<1>(odd));
            for (quarter, sums) in
                [_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd)].into_iter().enumerate()
            {
                let row = half * 16 + quarter * 8;
                let sums = _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(sums));
                // SAFETY: 32 scales, 32 offsets and 32 places for estimates; `row` is at most 24.
                unsafe {
                    let scales = _mm256_loadu_ps(factors.as_ptr().add(row));
                    let offsets = _mm256_loadu_ps(factors.as_ptr().add(BLOCK_ROWS + row));
                    let signs = _mm256_add_ps(_mm256_mul_ps(sums, step), base);
                    let estimates = _mm256_add_ps(_mm256_mul_ps(scales, signs), offsets);
                    _mm256_storeu_ps(out.as_mut_ptr().add(row), estimates);
                    let found = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(estimates, least));
                    above |= found.cast_unsigned() << row;
                }
            }
        }
        above
    }
}

/// What is kept of a row less the centre: its signs (bit n of byte n / 8) and f.
pub(crate) fn signs(residual: &[f32]) -> (Vec<u8>, f32) {
    let bits = residual
        .chunks(8)
        .map(|eight| eight.iter().enumerate().fold(0, |bits, (at, value)| bits | u8::from(*value >= 0.0) << at))
        .collect();
    let (squares, sum) =
        residual.iter().fold((0.0, 0.0), |(squares, sum), value| (squares + value * value, sum + value.abs()));
    (bits, if sum > 0.0 { squares / sum } else { 0.0 })
}

/// Puts a row's signs into its block.
pub(crate) fn interleave(block: &mut [u8], row: usize, signs: &[u8]) {
    let (byte, shift) = (row % 16, row / 16 * 4);
    for (at, eight) in signs.iter().enumerate() {
        for (group, four) in [(2 * at, eight & 15), (2 * at + 1, eight >> 4)] {
            let place = &mut block[group * 16 + byte];
            *place = *place & !(15 << shift) | four << shift;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::rotation::Random;

    fn random(random: &mut Random, length: usize) -> Vec<f32> {
        (0..length).map(|_| (random.next() >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    #[test]
    fn both_ways_give_the_same_estimates_near_the_truth() {
        let mut source = Random::new(3);
        for length in [64, 128, 384, 1088, 4096] {
            let query = random(&mut source, length);
            let question = Question::new(&query);
            let mut block = vec![0xaa; length / 8 * BLOCK_ROWS];
            let mut factors = random(&mut source, 2 * BLOCK_ROWS);
            let rows: Vec<Vec<f32>> = (0..BLOCK_ROWS).map(|_| random(&mut source, length)).collect();
            for (row, values) in rows.iter().enumerate() {
                let (signs, factor) = signs(values);
                interleave(&mut block, row, &signs);
                factors[row] = factor;
            }
            let (mut one, mut other) = ([0.0; BLOCK_ROWS], [0.0; BLOCK_ROWS]);
            let above = question.estimate(&block, &factors, 0.25, &mut one);
            assert_eq!(above, question.estimate_portable(&block, &factors, 0.25, &mut other));
            assert_eq!(one.map(f32::to_bits), other.map(f32::to_bits), "{length}");
            for (row, values) in rows.iter().enumerate() {
                let signs: f32 = values.iter().zip(&query).map(|(value, q)| if *value >= 0.0 { *q } else { -q }).sum();
                let expected = factors[row] * signs + factors[BLOCK_ROWS + row];
                let tolerance = 0.05 * (length as f32).sqrt();
                assert!((one[row] - expected).abs() < tolerance, "{length}: {} {expected}", one[row]);
                assert_eq!(above >> row & 1 == 1, one[row] >= 0.25);
            }
        }
    }
}
