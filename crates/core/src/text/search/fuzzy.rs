//! Words one or two letters away.

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};
use std::{fmt, sync::OnceLock};

use super::Form;

/// Words up to this long may differ by one letter, longer ones by two.
const SHORT_WORD: usize = 5;

/// Terms near a word, by edit distance (transposed neighbours count as one edit): Schulz and Mihov, "Fast String
/// Correction with Levenshtein-Automata", 2002.
///
/// An index holds stems, so the word itself and its stems are all compared with them.
pub struct Fuzzy {
    automata: Vec<DFA>,
}

impl fmt::Debug for Fuzzy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fuzzy").field("automata", &self.automata.len()).finish()
    }
}

impl Fuzzy {
    pub(super) fn new(folded: &str, stems: &[Form]) -> Self {
        let mut spellings = vec![folded];
        for form in stems {
            if !spellings.contains(&form.term.as_str()) {
                spellings.push(&form.term);
            }
        }
        Self { automata: spellings.into_iter().map(automaton).collect() }
    }

    /// How many edits away a term is; none when it is too far.
    pub fn distance(&self, term: &str) -> Option<u8> {
        self.automata
            .iter()
            .filter_map(|automaton| match automaton.eval(term) {
                Distance::Exact(edits) => Some(edits),
                Distance::AtLeast(_) => None,
            })
            .min()
    }

    /// What recognises the terms near each spelling, for those who can walk a dictionary with it.
    pub fn automata(&self) -> &[DFA] {
        &self.automata
    }
}

fn automaton(word: &str) -> DFA {
    // the tables of a builder depend on the number of edits only, and take a while
    static BUILDERS: [OnceLock<LevenshteinAutomatonBuilder>; 2] = [OnceLock::new(), OnceLock::new()];
    let edits: u8 = if word.chars().count() <= SHORT_WORD { 1 } else { 2 };
    BUILDERS[usize::from(edits - 1)].get_or_init(|| LevenshteinAutomatonBuilder::new(edits, true)).build_dfa(word)
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
