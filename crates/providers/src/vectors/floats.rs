//! The exact score.

/// Numbers added side by side: what the processor's widest additions take, and always in the same order, so that every
/// machine answers the same.
const LANES: usize = 16;

/// The dot product of two vectors of the same length; the same number on every machine.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        return unsafe { dot_avx2(a, b) };
    }
    dot_lanes(a, b)
}

/// The same additions in the same order, compiled for wider registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_avx2(a: &[f32], b: &[f32]) -> f32 {
    dot_lanes(a, b)
}

/// Written so that the compiler keeps the lanes in registers. No fused multiply-add: it rounds otherwise.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it must be compiled into its caller, for the caller's processor features")]
fn dot_lanes(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (at, (a, b)) in a_lanes.remainder().iter().zip(b_lanes.remainder()).enumerate() {
        sums[at] = a * b;
    }
    for (a, b) in a_lanes.zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// The cosine of two vectors of length 1 (or 0). Numbers that are none, which only a damaged file holds, are the worst.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let cosine = dot(a, b);
    if cosine.is_nan() { -1.0 } else { cosine.clamp(-1.0, 1.0) + 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_at_every_length() {
        for length in 0..100 {
            let a: Vec<f32> = (0..length).map(|n| n as f32).collect();
            let b: Vec<f32> = (0..length).map(|n| 1.0 + (n % 3) as f32).collect();
            let expected: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert!((dot(&a, &b) - expected).abs() < 0.01, "{length}");
        }
    }

    #[test]
    fn cosines_stay_in_their_range() {
        assert!((cosine(&[1.000_1], &[1.0]) - 1.0).abs() < f32::EPSILON);
        assert!((cosine(&[f32::NAN], &[1.0]) + 1.0).abs() < f32::EPSILON);
        assert!(cosine(&[-0.0], &[1.0]).is_sign_positive(), "one zero only: equal scores must be equal");
    }
}
