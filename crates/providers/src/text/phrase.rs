//! Whether words stand together.

/// Whether some place has the first word, the next place the second, and so on. Places of each word in any order.
pub(crate) fn stand_together(places: &mut [Vec<u32>]) -> bool {
    for word in places.iter_mut() {
        word.sort_unstable();
    }
    let Some((first, others)) = places.split_first() else { return true };
    first.iter().any(|&start| {
        others
            .iter()
            .zip(1_u32..)
            .all(|(word, offset)| start.checked_add(offset).is_some_and(|place| word.binary_search(&place).is_ok()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_must_follow_each_other() {
        assert!(stand_together(&mut [vec![9, 3], vec![7, 4], vec![5]]));
        assert!(!stand_together(&mut [vec![3], vec![5]]));
        assert!(!stand_together(&mut [vec![3], vec![]]));
        assert!(stand_together(&mut [vec![0]]));
        assert!(!stand_together(&mut [vec![]]));
        assert!(!stand_together(&mut [vec![u32::MAX], vec![0]]));
    }
}
