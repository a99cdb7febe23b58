//! What the person said that a fact may stand on.

use std::collections::HashSet;

use super::{about, folded_words};
use crate::policy::{
    memory_candidates, phrases,
    sentences::sentences,
    words::{content_words, stem},
};

/// Share of a fact's words that the person must have used.
const COVERED: f32 = 0.7;

/// Words that put a fact into a form without adding to it, as they are compared.
const GENERIC: &[&str] = &[
    "live", "lives", "work", "like", "love", "name", "named", "called", "enjoy", "prefer", "favori", "favour",
    "person", "user", "habite", "vit", "travai", "aime", "appell", "prefer", "prenom", "nom", "moved", "reside",
    "demena", "plays", "owns", "own", "interes", "intere", "really",
];

/// Words that turn what is told into its opposite.
const NEGATIONS: &[&str] = &[
    "not",
    "no",
    "never",
    "nor",
    "t",
    "cannot",
    "without",
    "refuse",
    "refuses",
    "refused",
    "false",
    "doubt",
    "doubts",
    "deny",
    "denies",
    "denied",
    "refuse",
    "faux",
    "doute",
    "nie",
    "hate",
    "hates",
    "dislike",
    "dislikes",
    "stopped",
    "quit",
    "longer",
    "anymore",
    "neither",
    "pas",
    "jamais",
    "plus",
    "deteste",
    "detestent",
    "ni",
    "sans",
    "arrete",
    "aucun",
    "aucune",
    "nie",
];

pub(super) fn is_generic(stem: &str) -> bool {
    GENERIC.iter().any(|word| super::super::words::stem(word) == stem)
}

/// The sentences in which the person told something.
pub(super) struct Grounds(Vec<Ground>);

struct Ground {
    words: HashSet<String>,
    /// Every word, whatever it means: names may look like stop words.
    all: HashSet<String>,
    denies: bool,
}

impl Grounds {
    pub(super) fn of(said: &str) -> Self {
        Self(sentences(said).into_iter().filter_map(memory_candidates::told).map(Ground::of).collect())
    }

    /// Whether one sentence holds a fact.
    pub(super) fn hold(&self, fact: &str) -> bool {
        let told: Vec<String> = about(fact).into_iter().filter(|word| !is_generic(word)).collect();
        let names = names(fact);
        let denies = denies(fact);
        !told.is_empty() && self.0.iter().any(|ground| ground.holds(&told, &names) && ground.denies == denies)
    }
}

impl Ground {
    fn of(sentence: &str) -> Self {
        Self {
            words: content_words(sentence),
            all: folded_words(sentence).iter().map(|word| stem(word)).collect(),
            denies: denies(sentence),
        }
    }

    fn holds(&self, told: &[String], names: &[String]) -> bool {
        let covered = told.iter().filter(|word| self.words.contains(*word)).count();
        covered as f32 >= COVERED * told.len() as f32 && names.iter().all(|name| self.all.contains(name))
    }
}

/// Names (capitalised after the first word) and numbers.
fn names(fact: &str) -> Vec<String> {
    let words = phrases::words(fact);
    let is_name = |(at, word): &(usize, &phrases::Word)| {
        let is_number = word.folded.chars().any(|c| c.is_ascii_digit());
        let is_subject = matches!(word.folded.as_str(), "i" | "user" | "j" | "je" | "my");
        is_number || (*at > 0 && word.capitalised && !is_subject)
    };
    words.iter().enumerate().filter(is_name).map(|(_, word)| stem(&word.folded)).collect()
}

fn denies(text: &str) -> bool {
    folded_words(text).iter().filter(|word| NEGATIONS.contains(&word.as_str())).count() % 2 == 1
}
