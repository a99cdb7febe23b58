//! The second pass: rotated vectors rounded to one byte a number, with a scale for each row.

/// A query rounded so finely that only the rows' rounding counts. Its products with a row's bytes, summed over 4 096
/// numbers, stay within 32 bits.
const QUERY_STEPS: f32 = 4_000.0;

/// A rotated query for [`dot`]; its own scale does not change the order, so it is forgotten.
pub(crate) fn question(rotated: &[f32]) -> Vec<i16> {
    let largest = largest(rotated);
    let scale = if largest > 0.0 { QUERY_STEPS / largest } else { 0.0 };
    rotated.iter().map(|value| (value * scale).round() as i16).collect()
}

/// A rotated vector as bytes and the scale that turns them back.
pub(crate) fn quantise(rotated: &[f32]) -> (Vec<i8>, f32) {
    let largest = largest(rotated);
    if largest <= 0.0 {
        return (vec![0; rotated.len()], 0.0);
    }
    let bytes = rotated.iter().map(|value| (value / largest * 127.0).round() as i8).collect();
    (bytes, largest / 127.0)
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// The dot product of a row's bytes with a query's steps; the same number on every machine.
pub(crate) fn dot(row: &[i8], query: &[i16]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        return unsafe { dot_avx2(row, query) };
    }
    dot_portable(row, query)
}

fn dot_portable(row: &[i8], query: &[i16]) -> i32 {
    row.iter().zip(query).map(|(&byte, &step)| i32::from(byte) * i32::from(step)).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[expect(clippy::cast_ptr_alignment, reason = "the loads are those that need no alignment")]
fn dot_avx2(row: &[i8], query: &[i16]) -> i32 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_shuffle_epi32, _mm256_add_epi32,
        _mm256_castsi256_si128, _mm256_cvtepi8_epi16, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16,
        _mm256_setzero_si256,
    };
    let (rows, queries) = (row.chunks_exact(32), query.chunks_exact(32));
    let rest = dot_portable(rows.remainder(), queries.remainder());
    let (mut even, mut odd) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    for (row, query) in rows.zip(queries) {
        let (row, query) = (row.as_ptr().cast::<__m128i>(), query.as_ptr().cast::<__m256i>());
        // SAFETY: 32 bytes and 32 numbers of 16 bits are there; loads need no alignment.
        let (row0, row1, query0, query1) = unsafe {
            (
                _mm_loadu_si128(row),
                _mm_loadu_si128(row.add(1)),
                _mm256_loadu_si256(query),
                _mm256_loadu_si256(query.add(1)),
            )
        };
        even = _mm256_add_epi32(even, _mm256_madd_epi16(_mm256_cvtepi8_epi16(row0), query0));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(_mm256_cvtepi8_epi16(row1), query1));
    }
    let sums = _mm256_add_epi32(even, odd);
    let sums = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
    let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_11_10>(sums));
    let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_00_01>(sums));
    _mm_cvtsi128_si32(sums).wrapping_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::rotation::Random;

    #[test]
    fn both_ways_give_the_same_numbers() {
        let mut random = Random::new(7);
        for length in [0, 1, 31, 32, 33, 64, 384, 1000, 4096] {
            let row: Vec<i8> = (0..length).map(|_| (random.next() as i8).max(-127)).collect();
            let query: Vec<i16> = (0..length).map(|_| (random.next() % 8001) as i16 - 4000).collect();
            assert_eq!(dot(&row, &query), dot_portable(&row, &query), "{length}");
        }
        let (row, query) = ([-127_i8; 4096], [4000_i16; 4096]);
        assert_eq!(dot(&row, &query), -127 * 4000 * 4096, "the largest sum fits");
    }

    #[test]
    fn a_zero_vector_stays_zero() {
        assert_eq!(quantise(&[0.0; 3]), (vec![0; 3], 0.0));
        assert_eq!(question(&[0.0; 3]), [0; 3]);
    }
}
