//! In which order texts answer a question: a sum of named parts, so that every order can be explained.
//!
//! Words and meaning are each scored over all candidates, brought to one scale and added with weights; the words that
//! stand around a turn in its sitting count for it too. Everything is relative to the candidates given. Sources: convex combination of
//! normalised scores (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 2023); the
//! other parts and all weights were chosen on conversations held out from those they were measured on (`bench/RESULTS.md`).

mod cues;
mod dates;
mod parts;
mod sitting;
mod surroundings;

pub use cues::{without_dates, without_names};
pub use parts::{Part, Worth};
pub use sitting::{Place, REACH, sittings};

use crate::{
    Timestamp,
    ports::TextScore,
    text::fold,
    types::{DocRef, Role},
};
use parts::Parts;
use std::collections::BTreeSet;
use surroundings::Surroundings;

/// Weight of meaning where the model knows the language, and where it does not. That of words is 1.
const MEANING: f32 = 0.6;
const MEANING_OF_OTHER_LANGUAGES: f32 = 0.2;
/// The words of the question are said in it or close by.
const COVERAGE: f32 = 1.3;
/// It was said at the time that the question names.
const DATE: f32 = 1.5;
/// The question names who said it.
const SPEAKER: f32 = 0.6;
/// The turn before asked with the question's words, so this one answers them.
const ANSWER: f32 = 0.7;
/// The question asks when, and it tells a time.
const TIME: f32 = 0.6;
/// The best words of its sitting.
const SITTING: f32 = 0.4;
/// It asks itself.
const QUESTION: f32 = -0.3;

/// The person knows best what they said; the assistant only repeats or guesses.
const NOT_THE_PERSON: f32 = 0.9;
/// A memory of importance 0 is worth this; of importance 1, [`IMPORTANCE_SPAN`] more. Importance .5 is as good as a turn.
const IMPORTANCE_FLOOR: f32 = 0.8;
const IMPORTANCE_SPAN: f32 = 0.4;
/// Age takes this share at most: a fact does not become false by growing old, but of two equals the newer is right.
const AGE_SHARE: f32 = 0.1;
/// Half of [`AGE_SHARE`] is lost after half a year.
const AGE_HALF_LIFE_DAYS: f32 = 180.0;
const SECONDS_PER_DAY: f32 = 86_400.0;

/// A text that may answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// Identity.
    pub doc: DocRef,
    /// Where a turn stands; none for memories.
    pub place: Option<Place>,
    /// Who said it; none for memories.
    pub role: Option<Role>,
    /// The speaker's name, where several people share a role.
    pub author: Option<&'a str>,
    /// The text.
    pub content: &'a str,
    /// Said or made at.
    pub created_at: Timestamp,
    /// 0 to 1 for memories; none for turns.
    pub importance: Option<f32>,
    /// What it has of the question's words; see `TextScores`.
    pub text: TextScore,
    /// Cosine with the question; 0 without a vector.
    pub vector: f32,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question<'a> {
    /// Its text.
    pub text: &'a str,
    /// The time of asking.
    pub at: Timestamp,
    /// How much each of its words tells; see `TextScores`.
    pub words: &'a [f32],
    /// The cosine from which on a text has to do with it even without any of its words; none when the model that made the
    /// vectors does not know its language.
    pub similar_from: Option<f32>,
}

/// What each candidate is worth, in the order given.
pub fn rank<'a>(question: &Question<'a>, candidates: &[Candidate<'a>]) -> Vec<Worth> {
    let asked = Asked::of(question, candidates);
    let around = Surroundings::of(candidates);
    let scale = Scale::over(candidates.iter().map(|candidate| (candidate.text, candidate.vector)));
    let words = |index: usize| scale.words(candidates[index].text);
    let sittings = around.most_in_sitting(words);
    let worth = |index: usize| {
        let candidate = &candidates[index];
        let mut parts = Parts::default();
        parts.add("words", words(index));
        parts.add("meaning", scale.meaning(candidate.vector) * asked.meaning);
        parts.add("speaker", asked.is_speaker(candidate) * SPEAKER);
        let said = around.neighbours(index).fold(candidate.text.words, |all, at| all | candidates[at].text.words);
        parts.add("coverage", asked.coverage(said) * COVERAGE);
        parts.add("date", dates::fit(&asked.dates, candidate.created_at) * DATE);
        let before = around.previous(index).filter(|at| cues::asks(candidates[*at].content));
        parts.add("answer", before.map_or(0.0, words) * ANSWER);
        parts.add("question", f32::from(cues::asks(candidate.content)) * QUESTION);
        parts.add("time", f32::from(asked.when && cues::tells_a_time(candidate.content)) * TIME);
        parts.add("sitting", sittings[index] * SITTING);
        adjust(&mut parts, candidate, question.at);
        let alike = question.similar_from.is_some_and(|from| candidate.vector >= from);
        parts.worth(said != 0 || alike)
    };
    (0..candidates.len()).map(worth).collect()
}

/// What texts are worth by their scores alone, before any of them is read: the parts of words, meaning and coverage. `words` is
/// that of the question. For choosing what is read at all; [`rank`] decides.
pub fn promises(words: &[f32], scores: &[(TextScore, f32)]) -> Vec<f32> {
    let scale = Scale::over(scores.iter().copied());
    let all: f32 = words.iter().sum();
    let promise = |(text, vector): &(TextScore, f32)| {
        scale.words(*text) + scale.meaning(*vector) * MEANING + coverage(words, all, text.words) * COVERAGE
    };
    scores.iter().map(promise).collect()
}

/// Who said it, how important it is and how old.
fn adjust(parts: &mut Parts, candidate: &Candidate<'_>, now: Timestamp) {
    if let Some(Role::Assistant | Role::System | Role::Tool) = candidate.role {
        parts.scale("role", NOT_THE_PERSON);
    }
    if let Some(importance) = candidate.importance {
        parts.scale("importance", IMPORTANCE_FLOOR + IMPORTANCE_SPAN * importance.clamp(0.0, 1.0));
    }
    let days = now.since(candidate.created_at).as_secs_f32() / SECONDS_PER_DAY;
    parts.scale("age", 1.0 - AGE_SHARE * (1.0 - (-days / AGE_HALF_LIFE_DAYS).exp2()));
}

/// A question understood.
struct Asked<'a> {
    /// The author it names, as often as the name is written in different ways.
    speakers: BTreeSet<&'a str>,
    dates: Vec<dates::Named>,
    when: bool,
    words: &'a [f32],
    /// All words together.
    all: f32,
    /// Weight of meaning.
    meaning: f32,
}

impl<'a> Asked<'a> {
    fn of(question: &Question<'a>, candidates: &[Candidate<'a>]) -> Self {
        let words = cues::words(question.text);
        let mut speakers = authors(candidates);
        let named = cues::named(&words, speakers.iter().copied());
        speakers.retain(|author| named.as_ref().is_some_and(|named| *named == fold(author)));
        Self {
            speakers,
            dates: dates::named(&words),
            when: cues::asks_when(&words),
            words: question.words,
            all: question.words.iter().sum(),
            meaning: if question.similar_from.is_some() { MEANING } else { MEANING_OF_OTHER_LANGUAGES },
        }
    }

    fn is_speaker(&self, candidate: &Candidate<'_>) -> f32 {
        f32::from(candidate.author.is_some_and(|author| self.speakers.contains(author)))
    }

    fn coverage(&self, mask: u64) -> f32 {
        coverage(self.words, self.all, mask)
    }
}

/// How much of a question, whose `words` tell so much and `all` together, the words of a mask are, 0 to 1.
fn coverage(words: &[f32], all: f32, mask: u64) -> f32 {
    let said = words.iter().enumerate().filter(|(word, _)| mask >> word & 1 == 1).map(|(_, tells)| tells);
    share(said.sum(), all)
}

/// Those who said something, each once.
fn authors<'a>(candidates: &[Candidate<'a>]) -> BTreeSet<&'a str> {
    candidates.iter().filter_map(|candidate| candidate.author).collect()
}

/// What brings words and meaning to one scale.
struct Scale {
    most_words: f32,
    least_meaning: f32,
    most_meaning: f32,
}

impl Scale {
    /// Over what each candidate has of the words, and its cosine.
    fn over(candidates: impl Iterator<Item = (TextScore, f32)>) -> Self {
        let none = Self { most_words: 0.0, least_meaning: f32::INFINITY, most_meaning: f32::NEG_INFINITY };
        candidates.fold(none, |scale, (text, vector)| Self {
            most_words: scale.most_words.max(text.score),
            least_meaning: scale.least_meaning.min(vector),
            most_meaning: scale.most_meaning.max(vector),
        })
    }

    fn words(&self, text: TextScore) -> f32 {
        share(text.score, self.most_words)
    }

    fn meaning(&self, vector: f32) -> f32 {
        if self.most_meaning > self.least_meaning {
            (vector - self.least_meaning) / (self.most_meaning - self.least_meaning)
        } else {
            // the only one, or all alike
            f32::from(vector > 0.0)
        }
    }
}

/// A part of a whole; nothing of nothing.
fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests;
