//! Words one or two letters away.

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use std::sync::OnceLock;
use tantivy_fst::Automaton;

use super::query::Form;

/// Words up to this long may differ by one letter, longer ones by two.
const SHORT_WORD: usize = 5;

/// Terms near a word, by edit distance (transposed neighbours count as one edit): Schulz and Mihov, "Fast String
/// Correction with Levenshtein-Automata", 2002.
///
/// The index holds stems, so the word itself and its stems are all compared with them.
pub(crate) struct Fuzzy {
    automata: Vec<DFA>,
}

impl std::fmt::Debug for Fuzzy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fuzzy").field("automata", &self.automata.len()).finish()
    }
}

impl Fuzzy {
    pub(crate) fn new(folded: &str, stems: &[Form]) -> Self {
        let mut spellings = vec![folded];
        for form in stems {
            if !spellings.contains(&form.term.as_str()) {
                spellings.push(&form.term);
            }
        }
        Self { automata: spellings.into_iter().map(automaton).collect() }
    }

    /// How many edits away a term is; none when it is too far.
    pub(crate) fn distance(&self, term: &str) -> Option<u8> {
        self.automata
            .iter()
            .filter_map(|automaton| match automaton.eval(term) {
                Distance::Exact(edits) => Some(edits),
                Distance::AtLeast(_) => None,
            })
            .min()
    }

    /// One automaton over a term dictionary for each spelling, for the terms of one owner.
    pub(crate) fn within<'a>(&'a self, owner_prefix: &'a str) -> impl Iterator<Item = Prefixed<'a>> {
        self.automata.iter().map(|dfa| Prefixed { prefix: owner_prefix.as_bytes(), dfa })
    }
}

fn automaton(word: &str) -> DFA {
    // the tables of a builder depend on the number of edits only, and take a while
    static BUILDERS: [OnceLock<LevenshteinAutomatonBuilder>; 2] = [OnceLock::new(), OnceLock::new()];
    let edits: u8 = if word.chars().count() <= SHORT_WORD { 1 } else { 2 };
    BUILDERS[usize::from(edits - 1)].get_or_init(|| LevenshteinAutomatonBuilder::new(edits, true)).build_dfa(word)
}

/// An automaton that first wants a prefix.
pub(crate) struct Prefixed<'a> {
    prefix: &'a [u8],
    dfa: &'a DFA,
}

/// Where a [`Prefixed`] automaton is.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Prefix(usize),
    Word(u32),
    Lost,
}

impl Automaton for Prefixed<'_> {
    type State = Place;

    fn start(&self) -> Place {
        Place::Prefix(0)
    }

    fn is_match(&self, place: &Place) -> bool {
        match *place {
            Place::Word(state) => matches!(self.dfa.distance(state), Distance::Exact(_)),
            Place::Prefix(_) | Place::Lost => false,
        }
    }

    fn can_match(&self, place: &Place) -> bool {
        match *place {
            Place::Word(state) => state != SINK_STATE,
            Place::Prefix(_) => true,
            Place::Lost => false,
        }
    }

    fn accept(&self, place: &Place, byte: u8) -> Place {
        match *place {
            Place::Prefix(at) if self.prefix.get(at) != Some(&byte) => Place::Lost,
            Place::Prefix(at) if at + 1 == self.prefix.len() => Place::Word(self.dfa.initial_state()),
            Place::Prefix(at) => Place::Prefix(at + 1),
            Place::Word(state) => Place::Word(self.dfa.transition(state, byte)),
            Place::Lost => Place::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_allow_one_edit_and_long_ones_two() {
        let fuzzy = Fuzzy::new("chein", &[]);
        assert_eq!(fuzzy.distance("chien"), Some(1), "neighbours transposed");
        assert_eq!(fuzzy.distance("chan"), None);
        let fuzzy = Fuzzy::new("recherche", &[]);
        assert_eq!((fuzzy.distance("rechreche"), fuzzy.distance("rchrche")), (Some(1), Some(2)));
    }
}
