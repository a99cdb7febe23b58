//! Finding the best documents of a large scope without scoring all of it: MaxScore (Turtle and Flood, "Query
//! Evaluation: Strategies and Optimizations", 1995), a window of documents at a time as Lucene does it.
//!
//! The threshold rises on admitted documents only, so the filters lose nothing: the best are exactly the best.

use jarvis_core::text::search::Question;
use std::mem;
use tantivy::{DocId, TERMINATED};

use super::{
    admission::Admission,
    bm25::{Bm25, Points, Statistics},
    committed::{Leaf, List},
    exact::Score,
    filters::Filters,
    state::View,
    top::{Match, Top},
};

/// Documents of a window: its points stay in the first-level cache.
const WINDOW: usize = 4096;

/// The postings of a question's terms in one leaf.
pub(crate) struct LeafLists(Vec<Vec<List>>);

impl LeafLists {
    fn open(leaf: &Leaf<'_>, question: &Question, filters: &Filters) -> tantivy::Result<Self> {
        let lists = question.terms.iter().map(|term| leaf.lists(term, filters));
        Ok(Self(lists.collect::<std::io::Result<_>>()?))
    }

    fn doc_freq(&self, term: usize) -> u64 {
        self.0[term].iter().map(|list| list.len() as u64).sum()
    }

    /// Points of one document. Asked in ascending order.
    pub(crate) fn score(&mut self, bm25: &Bm25, leaf: &Leaf<'_>, doc: DocId) -> Score {
        let length_code = leaf.length_code(doc);
        let mut score = Score::default();
        for (term, lists) in self.0.iter_mut().enumerate() {
            let points = points_in(lists, bm25, term, doc, length_code);
            if points > 0 {
                score.add(term, points);
            }
        }
        score
    }
}

fn points_in(lists: &mut [List], bm25: &Bm25, term: usize, doc: DocId, length_code: u8) -> Points {
    let mut frequency = 0;
    for list in lists {
        if list.seek(doc) == doc {
            frequency += list.frequency();
        }
    }
    if frequency == 0 { 0 } else { bm25.points(term, frequency, length_code) }
}

/// A question over a large scope: the statistics are those of all the asker's documents, the average length that of
/// the index.
pub(crate) struct Large {
    pub(crate) bm25: Bm25,
    /// One for each leaf.
    pub(crate) lists: Vec<LeafLists>,
}

impl Large {
    pub(crate) fn open(
        view: &View,
        leaves: &[Leaf<'_>],
        question: &Question,
        filters: &Filters,
    ) -> tantivy::Result<Self> {
        let lists: Vec<LeafLists> =
            leaves.iter().map(|leaf| LeafLists::open(leaf, question, filters)).collect::<tantivy::Result<_>>()?;
        let docs = leaves.iter().map(Leaf::owned).sum::<usize>() + view.tail.docs.len();
        let (all, tokens) = leaves.iter().map(Leaf::size).fold((0, 0), |(d, t), (docs, tokens)| (d + docs, t + tokens));
        let average = tokens as f64 / (all as f64).max(1.0);
        let doc_freq = |term: usize| {
            lists.iter().map(|lists| lists.doc_freq(term)).sum::<u64>() + view.tail.matches[term].len() as u64
        };
        let statistics = Statistics {
            docs: docs as u64,
            tokens: (average * docs as f64) as u64,
            doc_freqs: (0..question.terms.len()).map(doc_freq).collect(),
        };
        Ok(Self { bm25: Bm25::new(&statistics), lists })
    }
}

/// What was found, and whether every match was looked at.
pub(crate) struct Search<'q> {
    pub(crate) bm25: &'q Bm25,
    pub(crate) question: &'q Question,
    pub(crate) filters: &'q Filters,
    pub(crate) top: Top,
    pub(crate) seen: u64,
    pub(crate) is_whole: bool,
}

/// The postings of a term, with the most it can give.
struct Bounded {
    term: usize,
    bound: Points,
    /// The bounds of this term and all before it together.
    bound_so_far: Points,
    lists: Vec<List>,
}

impl Search<'_> {
    /// Shows the best of a leaf.
    pub(crate) fn leaf(&mut self, leaf: &Leaf<'_>, lists: LeafLists, window: &mut Window) -> tantivy::Result<()> {
        let mut admission = Admission::open(leaf, self.filters, self.question)?;
        if admission.is_impossible() {
            return Ok(());
        }
        match leaf.leading(self.question, self.filters)? {
            Some(leading) => self.following(leading, leaf, lists, &mut admission),
            None => self.windows(leaf, lists, &mut admission, window),
        }
        Ok(())
    }

    /// Where a phrase is wanted, the documents with its rarest word are scored one by one.
    fn following(
        &mut self,
        mut leading: Vec<List>,
        leaf: &Leaf<'_>,
        mut lists: LeafLists,
        admission: &mut Admission<'_>,
    ) {
        let mut next = 0;
        loop {
            let doc = leading.iter_mut().map(|list| list.seek(next)).min().unwrap_or(TERMINATED);
            if doc == TERMINATED {
                return;
            }
            next = doc + 1;
            let points = lists.score(self.bm25, leaf, doc).points;
            self.offer(doc, points, leaf, admission);
        }
    }

    fn offer(&mut self, doc: DocId, points: Points, leaf: &Leaf<'_>, admission: &mut Admission<'_>) {
        if points < self.top.threshold() {
            self.is_whole = false;
        } else if admission.admits(doc) {
            self.seen += 1;
            let (doc, created_at) = leaf.segment.identity(doc);
            self.top.show(Match { points, created_at, doc });
        }
    }

    fn windows(&mut self, leaf: &Leaf<'_>, lists: LeafLists, admission: &mut Admission<'_>, window: &mut Window) {
        let mut terms = bounded(lists, self.bm25, leaf);
        loop {
            // terms that cannot lift a document over the threshold even together only refine what others found
            let mut threshold = self.top.threshold();
            let optional = terms.partition_point(|term| term.bound_so_far < threshold);
            let (optional, essential) = terms.split_at_mut(optional);
            self.is_whole &= optional.is_empty();
            let lists = essential.iter().flat_map(|term| &term.lists);
            let start = lists.map(List::doc).min().unwrap_or(TERMINATED);
            if start == TERMINATED {
                return;
            }
            for term in essential {
                window.add(term, start, self.bm25, leaf);
            }
            let refine = optional.last().map_or(0, |term| term.bound_so_far);
            for (word, bits) in window.touched.iter_mut().enumerate() {
                let mut bits = mem::take(bits);
                while bits != 0 {
                    let at = word * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let found = mem::take(&mut window.points[at]);
                    if found + refine < threshold {
                        self.is_whole = false;
                        continue;
                    }
                    let doc = start + at as DocId;
                    let points = self.refined(found, doc, optional, leaf);
                    self.offer(doc, points, leaf, admission);
                    threshold = self.top.threshold();
                }
            }
        }
    }

    /// Adds the optional terms, the strongest first, until it is clear that they do not suffice.
    fn refined(&self, mut points: Points, doc: DocId, optional: &mut [Bounded], leaf: &Leaf<'_>) -> Points {
        let threshold = self.top.threshold();
        let length_code = leaf.length_code(doc);
        for term in optional.iter_mut().rev() {
            if points + term.bound_so_far < threshold {
                return 0;
            }
            points += points_in(&mut term.lists, self.bm25, term.term, doc, length_code);
        }
        points
    }
}

/// Terms that occur, the weakest first.
fn bounded(lists: LeafLists, bm25: &Bm25, leaf: &Leaf<'_>) -> Vec<Bounded> {
    let mut terms: Vec<Bounded> = lists
        .0
        .into_iter()
        .enumerate()
        .filter(|(_, lists)| !lists.is_empty())
        .map(|(term, lists)| {
            // frequencies of a document's forms add up, and points grow slower than they: the sum of the peaks bounds it
            let peak = |list: &List| leaf.segment.peak(list).map(|peak| bm25.highest(term, &peak));
            let peaks: Option<Points> = lists.iter().map(peak).sum();
            let bound = bm25.upper_bound(term).min(peaks.unwrap_or(Points::MAX));
            Bounded { term, bound, bound_so_far: 0, lists }
        })
        .collect();
    terms.sort_by_key(|term| term.bound);
    let mut so_far = 0;
    for term in &mut terms {
        so_far += term.bound;
        term.bound_so_far = so_far;
    }
    terms
}

/// Points of consecutive documents.
pub(crate) struct Window {
    points: Box<[Points; WINDOW]>,
    frequencies: Box<[u32; WINDOW]>,
    /// One bit for each document that has points: most have none, and need not be looked at.
    touched: Box<[u64; WINDOW / 64]>,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self { points: Box::new([0; WINDOW]), frequencies: Box::new([0; WINDOW]), touched: Box::new([0; WINDOW / 64]) }
    }

    /// Adds a term's points to the documents from `start` on.
    fn add(&mut self, term: &mut Bounded, start: DocId, bm25: &Bm25, leaf: &Leaf<'_>) {
        let end = start.saturating_add(WINDOW as DocId).min(TERMINATED);
        if let [list] = term.lists.as_mut_slice() {
            list.drain_until(end, |doc, frequency| {
                let at = (doc - start) as usize;
                self.touched[at / 64] |= 1 << (at % 64);
                self.points[at] += bm25.points(term.term, frequency, leaf.length_code(doc));
            });
            return;
        }
        // forms of one word count as one term: their frequencies meet before they are scored
        let mut having = Vec::new();
        for list in &mut term.lists {
            list.drain_until(end, |doc, frequency| {
                let at = (doc - start) as usize;
                if self.frequencies[at] == 0 {
                    having.push(at);
                }
                self.frequencies[at] += frequency;
            });
        }
        for at in having {
            let frequency = mem::take(&mut self.frequencies[at]);
            self.touched[at / 64] |= 1 << (at % 64);
            self.points[at] += bm25.points(term.term, frequency, leaf.length_code(start + at as DocId));
        }
    }
}
