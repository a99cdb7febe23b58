//! BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) with the parameters that recall best on
//! short turns, in fixed point.

use tantivy::fieldnorm::FieldNormReader;

use super::peak::Peak;

/// How soon repetition stops counting.
const K1: f32 = 0.9;
/// How much length counts.
const B: f32 = 0.4;

/// A score in 1/65536. Sums of integers do not depend on their order, so that whichever way a document is scored, it
/// gets the same score; up to 256 the conversion to `f32` is exact.
pub(crate) type Points = u32;
const SCALE: f32 = 65_536.0;

/// As the port answers it.
pub(crate) fn to_score(points: Points) -> f32 {
    points as f32 / SCALE
}

/// What the scores of a query rest on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statistics {
    /// Documents.
    pub(crate) docs: u64,
    /// Their words with a meaning, together.
    pub(crate) tokens: u64,
    /// For each term of the query, documents that have it.
    pub(crate) doc_freqs: Vec<u64>,
}

/// Scores one query.
#[derive(Debug)]
pub(crate) struct Bm25 {
    /// `k1 · (1 − b + b · length / average)` by length code.
    norms: [f32; 256],
    terms: Vec<TermWeight>,
}

#[derive(Debug)]
struct TermWeight {
    /// `idf · (k1 + 1)`, scaled.
    weight: f32,
    /// Inverse document frequency; 0 for a term that no document has.
    idf: f32,
    /// Points of a single occurrence by length code: nearly all postings.
    once: Box<[Points; 256]>,
}

impl Bm25 {
    pub(crate) fn new(statistics: &Statistics) -> Self {
        let docs = statistics.docs.max(1) as f32;
        let average = (statistics.tokens as f32 / docs).max(1.0);
        let mut norms = [0.0; 256];
        for (code, norm) in norms.iter_mut().enumerate() {
            let length = FieldNormReader::id_to_fieldnorm(code as u8) as f32;
            *norm = K1 * (1.0 - B + B * length / average);
        }
        let terms = statistics
            .doc_freqs
            .iter()
            .map(|&doc_freq| {
                let doc_freq = (doc_freq as f32).min(docs);
                let idf = (1.0 + (docs - doc_freq + 0.5) / (doc_freq + 0.5)).ln();
                let weight = idf * (K1 + 1.0) * SCALE;
                let mut once = Box::new([0; 256]);
                for (points, norm) in once.iter_mut().zip(&norms) {
                    *points = points_of(weight, 1.0, *norm);
                }
                let idf = if doc_freq > 0.0 { idf } else { 0.0 };
                TermWeight { weight, idf, once }
            })
            .collect();
        Self { norms, terms }
    }

    /// Points of a term that occurs `frequency` times in a document of this length code; at least one.
    #[inline]
    pub(crate) fn points(&self, term: usize, frequency: u32, length_code: u8) -> Points {
        let term = &self.terms[term];
        if frequency == 1 {
            term.once[usize::from(length_code)]
        } else {
            points_of(term.weight, frequency as f32, self.norms[usize::from(length_code)])
        }
    }

    /// How much each term tells.
    pub(crate) fn idfs(&self) -> Vec<f32> {
        self.terms.iter().map(|term| term.idf).collect()
    }

    /// More than this a term never gives.
    pub(crate) fn upper_bound(&self, term: usize) -> Points {
        self.terms[term].weight as Points + 1
    }

    /// The most a term gives where it has this peak.
    pub(crate) fn highest(&self, term: usize, peak: &Peak) -> Points {
        let points =
            |shortest: Option<u8>, frequency: u32| shortest.map_or(0, |code| self.points(term, frequency, code));
        points(peak.once, 1).max(points(peak.twice, 2)).max(points(peak.more, peak.highest))
    }
}

#[inline]
fn points_of(weight: f32, frequency: f32, norm: f32) -> Points {
    ((weight * frequency / (frequency + norm)) as Points).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_the_formula() {
        let bm25 = Bm25::new(&Statistics { docs: 100, tokens: 1000, doc_freqs: vec![5, 60] });
        let expected = |tf: f32, df: f32, length: f32| {
            let idf = (1.0 + (100.0 - df + 0.5) / (df + 0.5)).ln();
            idf * tf * 1.9 / (tf + 0.9 * (0.6 + 0.4 * length / 10.0))
        };
        assert!((to_score(bm25.points(0, 1, 10)) - expected(1.0, 5.0, 10.0)).abs() < 1e-4);
        assert!((to_score(bm25.points(1, 3, 25)) - expected(3.0, 60.0, 25.0)).abs() < 1e-4);
    }

    #[test]
    fn rarity_and_repetition_raise_length_lowers_and_the_bounds_hold() {
        let bm25 = Bm25::new(&Statistics { docs: 1000, tokens: 9000, doc_freqs: vec![3, 990] });
        assert!(bm25.points(0, 1, 9) > bm25.points(1, 1, 9));
        assert!(bm25.points(0, 2, 9) > bm25.points(0, 1, 9));
        assert!(bm25.points(0, 1, 30) < bm25.points(0, 1, 9));
        assert!(bm25.points(0, u32::MAX, 0) <= bm25.upper_bound(0));
        assert!(bm25.points(1, 1, 255) >= 1, "a match is never nothing");
    }
}
