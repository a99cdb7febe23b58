//! What a question finds in the in-memory tail, taken out in one go while the tail stands still.

use jarvis_core::{
    text::search::{Form, Phrase, Question},
    types::DocRef,
};
use std::collections::{HashMap, HashSet};

use super::{
    filters::Filters,
    generation::{Generation, Held, TermNumber},
    phrase::stand_together,
};

/// A document of the asker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) doc: DocRef,
    /// Microseconds.
    pub(crate) created_at: i64,
    pub(crate) length_code: u8,
    /// Within the filters: it counts for the statistics of a small scope.
    pub(crate) in_scope: bool,
    /// Has the phrases and not the excluded words.
    pub(crate) passes: bool,
}

/// The asker's part of the tail.
#[derive(Debug, Default)]
pub(crate) struct TailView {
    /// All of the asker's documents.
    pub(crate) docs: Vec<Found>,
    /// For each term of the question: indices into `docs` and frequencies, ascending.
    pub(crate) matches: Vec<Vec<(u32, u32)>>,
    by_doc: HashMap<DocRef, u32>,
}

impl TailView {
    pub(crate) fn new(question: &Question) -> Self {
        Self { docs: Vec::new(), matches: vec![Vec::new(); question.terms.len()], by_doc: HashMap::new() }
    }

    /// The index of a document into `docs`.
    pub(crate) fn position(&self, doc: DocRef) -> Option<usize> {
        self.by_doc.get(&doc).map(|index| *index as usize)
    }

    /// Adds what a generation has, without the slots that a later generation replaced.
    pub(crate) fn add(
        &mut self,
        generation: &Generation,
        replaced: &HashSet<usize>,
        question: &Question,
        filters: &Filters,
    ) {
        const NOT_SEEN: u32 = u32::MAX;
        let conditions = Conditions::new(generation, question);
        let mut index_of_slot = vec![NOT_SEEN; generation.docs().len()];
        for (slot, held) in generation.docs().iter().enumerate() {
            if held.gone || held.owner != filters.owner || replaced.contains(&slot) {
                continue;
            }
            index_of_slot[slot] = self.docs.len() as u32;
            self.by_doc.insert(held.doc, self.docs.len() as u32);
            let in_scope = filters.conversation.is_none_or(|conversation| held.conversation == Some(conversation))
                && filters.allows_facts(held.facts)
                && filters.allows_time(held.created_at);
            self.docs.push(Found {
                doc: held.doc,
                created_at: held.created_at,
                length_code: held.length_code,
                in_scope,
                passes: in_scope && conditions.hold(held),
            });
        }
        for (term, matches) in question.terms.iter().zip(&mut self.matches) {
            let mut frequencies: HashMap<u32, u32> = HashMap::new();
            let near = term.fuzzy.as_ref().into_iter().flat_map(|fuzzy| {
                generation.body_terms().filter(|(text, _)| fuzzy.distance(text).is_some()).map(|(_, number)| number)
            });
            let numbers: HashSet<TermNumber> = numbers(generation, &term.forms).chain(near).collect();
            for (slot, frequency) in numbers.iter().flat_map(|number| generation.postings(*number)) {
                let index = index_of_slot[*slot as usize];
                if index != NOT_SEEN {
                    *frequencies.entry(index).or_default() += frequency;
                }
            }
            let start = matches.len();
            matches.extend(frequencies);
            matches[start..].sort_unstable();
        }
    }
}

fn numbers(generation: &Generation, forms: &[Form]) -> impl Iterator<Item = TermNumber> {
    forms.iter().filter_map(|form| generation.number(&form.term, form.is_stop))
}

/// The phrases of a question in a generation's numbers.
struct Conditions {
    wanted: Vec<Vec<Vec<TermNumber>>>,
    excluded: Vec<Vec<Vec<TermNumber>>>,
}

impl Conditions {
    fn new(generation: &Generation, question: &Question) -> Self {
        let resolve = |phrases: &[Phrase]| {
            let words =
                |phrase: &Phrase| phrase.words.iter().map(|forms| numbers(generation, forms).collect()).collect();
            phrases.iter().map(words).collect()
        };
        Self { wanted: resolve(&question.phrases), excluded: resolve(&question.excluded) }
    }

    fn hold(&self, held: &Held) -> bool {
        let has = |phrase: &Vec<Vec<TermNumber>>| {
            let places = |numbers: &Vec<TermNumber>| {
                held.tokens.iter().filter(|(number, _)| numbers.contains(number)).map(|(_, place)| *place).collect()
            };
            stand_together(&mut phrase.iter().map(places).collect::<Vec<Vec<u32>>>())
        };
        self.wanted.iter().all(has) && !self.excluded.iter().any(has)
    }
}
