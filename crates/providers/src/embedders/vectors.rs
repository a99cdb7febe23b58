//! Vectors of length 1.

/// Makes a vector of length 1; all zero stays so. The numbers are finite.
pub(crate) fn normalise(vector: &mut [f32]) {
    // in f64: the squares of large numbers would leave the range of f32, those of small ones would vanish
    let length = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    if length > 0.0 {
        for x in vector {
            *x = (f64::from(*x) / length) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_one_or_nothing() {
        for (given, wanted) in [([3.0, 4.0], [0.6, 0.8]), ([0.0, 0.0], [0.0, 0.0]), ([1e30, 0.0], [1.0, 0.0])] {
            let mut vector = given;
            normalise(&mut vector);
            assert_eq!(vector.map(f32::to_bits), wanted.map(f32::to_bits));
        }
    }
}
