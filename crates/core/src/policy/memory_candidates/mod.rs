//! What is worth remembering in what a person says, without a model.
//!
//! A text is cut into sentences; code, quoted lines, questions, requests and hypotheses are dropped; the clauses of what
//! is left are compared with the phrases in which people speak of themselves (`english`, `french`). Both languages are
//! tried on every sentence: their phrases do not collide, and one short sentence is too little to tell a language.
//!
//! To teach it a phrase: add a line to the table of the language and a labelled sentence to `labelled/`.

mod english;
mod forget;
mod french;
mod grammar;
mod kind;
mod quotes;
mod slots;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use forget::{is_meant, to_forget};

use self::{
    grammar::Grammar,
    kind::{EXPLICIT_CATEGORY, EXPLICIT_IMPORTANCE, Kind},
};
use super::{
    phrases::{self, Word},
    questions,
    sentences::sentences,
};
use crate::types::Slot;

/// Something a person stated about themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The sentence, as the person said it; what follows "remember that" when they asked so.
    pub content: String,
    /// `preference`, `fact` or `date`.
    pub category: &'static str,
    /// 0 to 1.
    pub importance: f32,
    /// What it tells of which there is one at a time.
    pub slot: Option<Slot>,
}

/// Candidates taken from one message at most.
pub const MAX_CANDIDATES: usize = 5;

/// Fewer words state nothing.
const MIN_WORDS: usize = 3;

/// Longer sentences, in characters, tell a story rather than a fact.
const MAX_CHARS: usize = 300;

/// Text read at most, in bytes: who pastes a book does not speak of themselves all along.
const MAX_TEXT: usize = 64 * 1024;

static GRAMMARS: LazyLock<[Grammar; 2]> =
    LazyLock::new(|| [Grammar::new(&english::TABLES), Grammar::new(&french::TABLES)]);

/// The statements about themselves, preferences, facts and dates in what a person said; never greetings, questions or
/// requests. At most [`MAX_CANDIDATES`], in the order said.
pub fn extract(text: &str) -> Vec<Candidate> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let mut found: Vec<Candidate> = Vec::new();
    for candidate in sentences(text).into_iter().flat_map(candidates) {
        if !found.iter().any(|known| known.content == candidate.content) {
            found.push(candidate);
        }
        if found.len() == MAX_CANDIDATES {
            break;
        }
    }
    found
}

/// What a statement tells of which its maker has one at a time, when that is one thing only; also of "The user …", as a model puts it.
/// Nothing of a long text, which tells more than one thing.
pub fn slot(text: &str) -> Option<Slot> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let text = in_first_person(text);
    let words = phrases::words(&text);
    if GRAMMARS.iter().any(|grammar| grammar.is_not_meant(&words)) {
        return None;
    }
    let mut keys: Vec<String> = GRAMMARS.iter().flat_map(|grammar| grammar.slots(&words)).collect();
    keys.dedup();
    let key = keys.pop().filter(|_| keys.is_empty())?;
    let told = GRAMMARS.iter().map(|grammar| grammar.statements_in(&words)).max().unwrap_or(0);
    Some(Slot { key, alone: told <= 1 })
}

/// "The user lives in Lyon" as they would say it themselves; anything else as it is.
fn in_first_person(text: &str) -> String {
    let words = phrases::words(text);
    let user = usize::from(words.first().is_some_and(|word| word.folded == "the"));
    if words.get(user).is_none_or(|word| word.folded != "user") {
        return text.to_owned();
    }
    let Some(next) = words.get(user + 1) else { return text.to_owned() };
    if next.folded == "s" {
        return format!("my{}", &text[next.end..]);
    }
    let verb = match next.folded.as_str() {
        "is" => "am",
        "has" => "have",
        verb => verb.strip_suffix('s').unwrap_or(verb),
    };
    format!("I {verb}{}", &text[next.end..])
}

/// The part of a sentence in which somebody tells something in earnest: no question, request, hypothesis, nor a text to
/// work on.
pub(super) fn told(sentence: &str) -> Option<&str> {
    let words = phrases::words(sentence);
    if forget::clause(sentence).is_some() {
        return None;
    }
    let told = match asked_to_remember(sentence, &words) {
        Some(rest) => rest,
        None => told_part(sentence, &words)?,
    };
    let words = phrases::words(told);
    (!GRAMMARS.iter().any(|grammar| grammar.is_not_meant(&words) || grammar.requests(&words))).then_some(told)
}

/// What each part of a sentence states when every part states something, else what it states as a whole: "my dog is called
/// Rex and I live in Lyon" are two facts, of which one may change.
fn candidates(sentence: &str) -> Vec<Candidate> {
    let Some(whole) = candidate(sentence) else { return Vec::new() };
    let parts = parts(sentence);
    if parts.len() > 1 && asked_to_remember(sentence, &phrases::words(sentence)).is_none() {
        let stated: Vec<Candidate> = parts.iter().filter_map(|part| candidate(part)).collect();
        if stated.len() == parts.len() {
            return stated;
        }
    }
    vec![whole]
}

/// A sentence cut before each "and" or "but" behind which its maker speaks of themselves anew.
fn parts(sentence: &str) -> Vec<&str> {
    const JOINS: [&str; 4] = ["and", "but", "et", "mais"];
    const SPEAKERS: [&str; 13] = ["i", "my", "we", "our", "je", "j", "mon", "ma", "mes", "nous", "notre", "nos", "on"];
    let words = phrases::words(sentence);
    let mut parts = Vec::new();
    let mut from = 0;
    for pair in words.windows(2) {
        if JOINS.contains(&pair[0].folded.as_str()) && SPEAKERS.contains(&pair[1].folded.as_str()) {
            parts.push(&sentence[from..pair[0].start]);
            from = pair[1].start;
        }
    }
    parts.push(&sentence[from..]);
    let is_mark = |c: char| c.is_whitespace() || c == ',';
    parts.into_iter().map(|part| part.trim_end_matches(is_mark).trim_start()).filter(|part| !part.is_empty()).collect()
}

fn candidate(sentence: &str) -> Option<Candidate> {
    if forget::clause(sentence).is_some() {
        return None;
    }
    let words = phrases::words(sentence);
    if let Some(rest) = asked_to_remember(sentence, &words) {
        return explicit(rest);
    }
    let told = told_part(sentence, &words)?;
    let words = phrases::words(told);
    // first: reading a sentence takes the square of its length
    if !is_right_length(told, &words) {
        return None;
    }
    let (category, importance) = statement(told, &words)?.worth();
    Some(Candidate { content: told.to_owned(), category, importance, slot: slot(told) })
}

/// What follows "remember that".
fn asked_to_remember<'a>(sentence: &'a str, words: &[Word]) -> Option<&'a str> {
    let at = GRAMMARS.iter().find_map(|grammar| grammar.after_remember(words))?;
    let first = words.get(at)?;
    // "can you remember that …?" asks for a favour, and the mark is not part of the fact; "remember my dog?" asks
    if sentence.ends_with('?') && !questions::begins_like_question(words) {
        return None;
    }
    Some(sentence[first.start..].trim_end_matches(['?', ' ', '\u{a0}', '\u{202f}']))
}

fn explicit(rest: &str) -> Option<Candidate> {
    let words = phrases::words(rest);
    if !is_right_length(rest, &words) || questions::begins_like_question(&words) {
        return None;
    }
    let category = statement(rest, &words).map_or(EXPLICIT_CATEGORY, |kind| kind.worth().0);
    Some(Candidate { content: rest.to_owned(), category, importance: EXPLICIT_IMPORTANCE, slot: slot(rest) })
}

/// The part of a sentence that tells: all of it, what stands before the question ("I'm vegan, what can I cook?"), or
/// nothing.
fn told_part<'a>(sentence: &'a str, words: &[Word]) -> Option<&'a str> {
    if !questions::sentence_asks(sentence) {
        return Some(sentence);
    }
    let asks = |at: usize| words[at].after_break && questions::begins_like_question(&words[at..]);
    let question = (1..words.len()).find(|&at| asks(at))?;
    let told = &sentence[..words[question - 1].end];
    (!questions::begins_like_question(&phrases::words(told))).then_some(told)
}

fn statement(sentence: &str, words: &[Word]) -> Option<Kind> {
    if GRAMMARS.iter().any(|grammar| grammar.is_not_meant(words)) {
        return None;
    }
    let quotes = quotes::spans(sentence);
    let quoted = |word: &Word| quotes.iter().any(|span| span.contains(&word.start));
    GRAMMARS.iter().find_map(|grammar| grammar.statement(words, quoted))
}

fn is_right_length(text: &str, words: &[Word]) -> bool {
    words.len() >= MIN_WORDS && text.chars().count() <= MAX_CHARS
}
