//! Words one or two letters away, in a term dictionary.

use jarvis_core::text::search::Fuzzy;
use levenshtein_automata::{DFA, Distance, SINK_STATE};
use tantivy_fst::Automaton;

/// One automaton over a term dictionary for each spelling, for the terms of one owner.
pub(crate) fn within<'a>(fuzzy: &'a Fuzzy, owner_prefix: &'a str) -> impl Iterator<Item = Prefixed<'a>> {
    fuzzy.automata().iter().map(|dfa| Prefixed { prefix: owner_prefix.as_bytes(), dfa })
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
