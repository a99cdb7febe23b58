//! What a model says that a person told about themselves, and what of it may be believed.
//!
//! A model that extracts facts invents some, repeats its own answers as facts, and keeps greetings. So a fact is kept
//! only when it is grounded: nearly all its words with a meaning, and every name and number, must stand in one sentence
//! in which the person told something in earnest (no question, request, hypothesis or quoted text), and whether it is so
//! or not must be told the same way. What the assistant said is no ground at all.

mod grounds;

use std::collections::HashSet;

use serde_json::Value;

use self::grounds::Grounds;
use super::{
    memory_candidates::slot,
    phrases, questions,
    words::{content_words, overlap},
};
use crate::text::{fold, normalise};

/// Facts taken from one turn at most.
pub const MAX_FACTS: usize = 5;

/// Entries of an answer that are looked at.
const MAX_ENTRIES: usize = 20;
/// Characters of a fact.
const MAX_CHARS: usize = 200;
/// Fewer words tell nothing.
const MIN_WORDS: usize = 3;
/// Texts that share this much of their words say the same.
const SAME: f32 = 0.8;
/// What a fact without an importance is worth, and the most that a model may give one.
const USUAL: f32 = 0.6;
const MOST: f32 = 0.9;
/// The categories of memories; anything else a model writes is a fact.
const CATEGORIES: [&str; 3] = ["preference", "fact", "date"];

/// A fact as a model put it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What.
    pub text: String,
    /// `preference`, `fact` or `date`.
    pub category: &'static str,
    /// 0 to 1.
    pub importance: f32,
    /// The number of the known memory that it replaces, from 1.
    pub replaces: Option<usize>,
}

/// A memory that the model was shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known<'a> {
    /// What.
    pub content: &'a str,
    /// Whether a person wrote or edited it: a model does not close what a person wrote.
    pub by_hand: bool,
}

/// The facts in a model's answer: `{"facts":[{"text","category","importance","replaces"}]}`, alone, in a code fence, or
/// with talk around it. Whatever cannot be read is left out.
pub fn parse(answer: &str) -> Vec<Fact> {
    let whole = answer.match_indices('{').take(MAX_ENTRIES).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&answer[at..]).into_iter::<Value>();
        values.next()?.ok().filter(|value| value.get("facts").is_some())
    });
    let entries =
        whole.as_ref().and_then(|whole| whole.get("facts")?.as_array()).map(Vec::as_slice).unwrap_or_default();
    entries.iter().take(MAX_ENTRIES).filter_map(fact).collect()
}

fn fact(entry: &Value) -> Option<Fact> {
    let text = entry.as_str().or_else(|| entry.get("text")?.as_str())?.trim();
    let word = entry.get("category").and_then(Value::as_str).map(str::to_lowercase).unwrap_or_default();
    let importance = entry.get("importance").and_then(Value::as_f64).map_or(USUAL, |given| given as f32);
    let replaces = entry.get("replaces").and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    Some(Fact {
        text: text.to_owned(),
        category: CATEGORIES.into_iter().find(|known| *known == word).unwrap_or("fact"),
        importance: if importance.is_finite() { importance.clamp(0.0, MOST) } else { USUAL },
        replaces,
    })
}

/// What may be believed of `facts`, given what the person `said` and the memories that the model was shown, by number.
/// At most [`MAX_FACTS`]; `replaces` stays only where it is plausible.
pub fn guard(facts: Vec<Fact>, said: &str, known: &[Known<'_>]) -> Vec<Fact> {
    let grounds = Grounds::of(said);
    let mut kept: Vec<Fact> = Vec::new();
    for mut fact in facts {
        if kept.len() == MAX_FACTS {
            break;
        }
        if !is_fact(&fact.text) || !grounds.hold(&fact.text) {
            continue;
        }
        let is_known = known.iter().map(|known| known.content).chain(kept.iter().map(|kept| kept.text.as_str()));
        if is_known.into_iter().any(|other| says_the_same(&fact.text, other)) {
            continue;
        }
        let replaced = fact.replaces.and_then(|number| known.get(number.checked_sub(1)?));
        fact.replaces = fact.replaces.filter(|_| replaced.is_some_and(|old| may_replace(&fact.text, old)));
        kept.push(fact);
    }
    kept
}

/// Whether a text has the form of a lasting fact about a person.
fn is_fact(text: &str) -> bool {
    let words = phrases::words(text);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.folded.as_str()));
    (MIN_WORDS..=40).contains(&words.len())
        && text.chars().count() <= MAX_CHARS
        && !text.contains(['\n', '{', '}', '<', '>'])
        && !questions::sentence_asks(text)
        && !has(ADDRESSED)
        && !has(PASSING)
        && !words.first().is_some_and(|word| ORDERS.contains(&word.folded.as_str()))
}

/// A fact about the assistant, or an order to it.
const ADDRESSED: &[&str] = &[
    "you",
    "your",
    "yours",
    "assistant",
    "jarvis",
    "ai",
    "chatbot",
    "prompt",
    "instruction",
    "instructions",
    "tu",
    "toi",
    "ton",
    "ta",
    "tes",
    "vous",
    "votre",
    "vos",
    "must",
    "should",
    "shall",
];

/// Beginnings of an order.
const ORDERS: &[&str] = &[
    "ignore", "answer", "reply", "respond", "remember", "forget", "write", "use", "do", "don", "tell", "please", "say",
    "speak", "act", "pretend", "always", "reponds", "oublie", "ecris", "utilise", "dis", "parle", "souviens",
    "toujours", "retiens", "ignorez", "repondez", "let",
];

/// Small talk, and what is over tomorrow.
const PASSING: &[&str] = &[
    "asks",
    "asked",
    "asking",
    "thanks",
    "thanked",
    "greets",
    "greeted",
    "hello",
    "says",
    "mentioned",
    "conversation",
    "question",
    "today",
    "tonight",
    "currently",
    "now",
    "tired",
    "hungry",
    "bored",
    "thirsty",
    "demande",
    "remercie",
    "salue",
    "aujourd",
    "maintenant",
    "ce_soir",
    "fatigue",
    "fatiguee",
    "faim",
    "soif",
];

fn says_the_same(one: &str, other: &str) -> bool {
    normalise(one) == normalise(other) || overlap(&about(one), &about(other)) >= SAME
}

/// The words that say what a fact is about, without those that only put it into the third person.
fn about(text: &str) -> HashSet<String> {
    let mut words = content_words(text);
    for word in ["user", "person", "utilis", "person"] {
        words.remove(word);
    }
    words
}

/// Whether a fact can be what became of `old`: both tell of the same thing.
fn may_replace(new: &str, old: &Known<'_>) -> bool {
    let (new_slot, old_slot) = (slot(new), slot(old.content));
    let alike = || {
        let (new, old) = (about(new), about(old.content));
        let shared = new.intersection(&old).filter(|word| !grounds::is_generic(word)).count();
        shared > 0 && shared * 2 >= old.len()
    };
    let fits = match (&new_slot, &old_slot) {
        (Some(new), Some(old)) => new.key == old.key,
        // one that holds a slot changes only with it
        (None, Some(_)) => false,
        (_, None) => alike(),
    };
    !old.by_hand && fits
}

/// As a policy compares words.
fn folded_words(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
