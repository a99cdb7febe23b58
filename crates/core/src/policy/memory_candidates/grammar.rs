//! What one language says when people speak of themselves: tables of phrases, and how a sentence is read with them.

use super::{kind::Kind, slots};
use crate::policy::{
    phrases::{self, Phrase, Sets, Word},
    questions,
};

/// The tables of one language. The syntax of the patterns is that of `policy::phrases`.
pub(super) struct Tables {
    /// Named sets used in the patterns.
    pub(super) sets: Sets,
    /// Words after which a new clause may begin.
    pub(super) joints: &'static [&'static str],
    /// What may stand before a statement: "by the way", "in 2019".
    pub(super) leads: &'static [&'static str],
    /// "Remember that": what follows is kept.
    pub(super) remember: &'static [&'static str],
    /// Beginnings of sentences that say nothing about the person: texts to work on, hypotheses.
    pub(super) not_meant: &'static [&'static str],
    /// Beginnings of clauses that ask the assistant for something.
    pub(super) requests: &'static [&'static str],
    /// Beginnings of clauses that look like a statement and are not: passing states, chit-chat.
    pub(super) not_lasting: &'static [&'static str],
    /// Beginnings of clauses worth remembering.
    pub(super) statements: &'static [(Kind, &'static [&'static str])],
}

/// [`Tables`], read.
pub(super) struct Grammar {
    joints: &'static [&'static str],
    leads: Vec<Phrase>,
    remember: Vec<Phrase>,
    not_meant: Vec<Phrase>,
    requests: Vec<Phrase>,
    not_lasting: Vec<Phrase>,
    statements: Vec<(Kind, Phrase)>,
}

impl Grammar {
    pub(super) fn new(tables: &Tables) -> Self {
        let read = |patterns: &[&'static str]| patterns.iter().map(|p| Phrase::new(p, tables.sets)).collect::<Vec<_>>();
        let statements = tables.statements.iter();
        Self {
            joints: tables.joints,
            leads: read(tables.leads),
            remember: read(tables.remember),
            not_meant: read(tables.not_meant),
            requests: read(tables.requests),
            not_lasting: read(tables.not_lasting),
            statements: statements
                .flat_map(|(kind, patterns)| read(patterns).into_iter().map(|phrase| (*kind, phrase)))
                .collect(),
        }
    }

    /// Words of greetings, fillers and leads at the beginning.
    fn skip_leads(&self, words: &[Word]) -> usize {
        phrases::skipped(words, |left| questions::opening(left).max(phrases::longest(&self.leads, left)))
    }

    /// Where what the person asked to remember begins, when they did.
    pub(super) fn after_remember(&self, words: &[Word]) -> Option<usize> {
        let lead = self.skip_leads(words);
        match phrases::longest(&self.remember, &words[lead..]) {
            0 => None,
            taken => Some(lead + taken),
        }
    }

    /// Whether the sentence only looks as if the person spoke of themselves.
    pub(super) fn is_not_meant(&self, words: &[Word]) -> bool {
        [0, self.skip_leads(words)].into_iter().any(|lead| phrases::longest(&self.not_meant, &words[lead..]) > 0)
    }

    /// What the sentence says about the person: the kind worth most among its clauses. `quoted` tells whether a word is
    /// somebody else's.
    pub(super) fn statement(&self, words: &[Word], quoted: impl Fn(&Word) -> bool) -> Option<Kind> {
        self.starts(words).filter(|&at| !quoted(&words[at])).filter_map(|at| self.clause(&words[at..])).fold(
            None,
            |best: Option<Kind>, kind| match best {
                Some(best) if best.worth().1 >= kind.worth().1 => Some(best),
                _ => Some(kind),
            },
        )
    }

    /// Where clauses may begin.
    fn starts(&self, words: &[Word]) -> impl Iterator<Item = usize> {
        (0..words.len())
            .filter(|&at| at == 0 || words[at].after_break || self.joints.contains(&words[at - 1].folded.as_str()))
    }

    /// The slots that the clauses fill.
    pub(super) fn slots(&self, words: &[Word]) -> Vec<String> {
        let clause = |at: usize| &words[at + self.skip_leads(&words[at..])..];
        self.starts(words).filter_map(|at| slots::of_clause(clause(at), words)).collect()
    }

    /// How many clauses tell something lasting.
    pub(super) fn statements_in(&self, words: &[Word]) -> usize {
        self.starts(words).filter(|&at| self.clause(&words[at..]).is_some()).count()
    }

    /// Whether the sentence asks the assistant for something.
    pub(super) fn requests(&self, words: &[Word]) -> bool {
        phrases::longest(&self.requests, &words[self.skip_leads(words)..]) > 0
    }

    fn clause(&self, words: &[Word]) -> Option<Kind> {
        let words = &words[self.skip_leads(words)..];
        if phrases::longest(&self.not_lasting, words) > 0 || phrases::longest(&self.requests, words) > 0 {
            return None;
        }
        let kinds = self.statements.iter().filter(|(_, phrase)| phrase.matches(words).is_some()).map(|(kind, _)| *kind);
        kinds.reduce(|best, kind| if kind.worth().1 > best.worth().1 { kind } else { best })
    }

    #[cfg(test)]
    pub(super) fn is_broken(&self) -> bool {
        let lists = [&self.leads, &self.remember, &self.not_meant, &self.requests, &self.not_lasting];
        let phrases = lists.into_iter().flatten().chain(self.statements.iter().map(|(_, phrase)| phrase));
        phrases.into_iter().any(Phrase::is_broken)
    }
}
