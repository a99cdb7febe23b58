use std::collections::BTreeMap;

use super::corpus::Question;

/// The depths at which recall is told.
pub(super) const DEPTHS: [usize; 4] = [5, 10, 25, 50];

/// Recall at each depth: of a question |evidence found| / |evidence|, summed over the questions that have evidence and
/// divided by all questions, as LoCoMo's own evaluation does (`task_eval/evaluation_stats.py`).
#[derive(Debug, Default)]
pub(super) struct Tally {
    by_category: BTreeMap<String, (usize, [f64; DEPTHS.len()])>,
}

impl Tally {
    /// Counts a question whose answer listed `found`, best first.
    pub(super) fn add(&mut self, question: &Question, found: &[String]) {
        let (count, sums) = self.by_category.entry(question.category.clone()).or_default();
        *count += 1;
        if question.evidence.is_empty() {
            return;
        }
        for (sum, depth) in sums.iter_mut().zip(DEPTHS) {
            let shown = &found[..found.len().min(depth)];
            let hits = question.evidence.iter().filter(|id| shown.contains(id)).count();
            *sum += hits as f64 / question.evidence.len() as f64;
        }
    }

    /// Recall at each depth over the categories that `wanted` lets through.
    pub(super) fn recall(&self, wanted: impl Fn(&str) -> bool) -> [f64; DEPTHS.len()] {
        let mut total = 0;
        let mut sums = [0.0; DEPTHS.len()];
        for (_, (count, found)) in self.by_category.iter().filter(|(category, _)| wanted(category)) {
            total += count;
            for (sum, found) in sums.iter_mut().zip(found) {
                *sum += found;
            }
        }
        sums.map(|sum| sum / f64::from(u32::try_from(total.max(1)).unwrap_or(u32::MAX)))
    }

    pub(super) fn categories(&self) -> impl Iterator<Item = &str> {
        self.by_category.keys().map(String::as_str)
    }
}
