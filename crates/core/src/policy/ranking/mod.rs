//! In which order texts answer a question: a sum of named parts, so that every order can be explained.
//!
//! Words and meaning are each scored over all candidates, brought to one scale and added with weights; a turn's words
//! count for its neighbours in the same sitting too. Source: convex combination of min-max normalised scores (Bruch,
//! Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 2023).

mod neighbours;
mod sitting;

pub use sitting::{Place, REACH, sittings};

use crate::{
    Timestamp,
    types::{DocRef, Role},
};

/// Weight of meaning beside words.
const MEANING: f32 = 0.7;

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
    /// BM25 of the question, 0 or more.
    pub text: f32,
    /// Cosine with the question; 0 without a vector.
    pub vector: f32,
}

/// What a candidate is worth, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// The sum of the parts, never negative.
    pub score: f32,
    /// Each part that is not 0, by name.
    pub parts: Vec<Part>,
}

/// What one rule gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The rule.
    pub name: &'static str,
    /// What it added to the score.
    pub value: f32,
}

/// Parts as they are found.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn add(&mut self, name: &'static str, value: f32) {
        if value != 0.0 && value.is_finite() {
            self.0.push(Part { name, value });
        }
    }

    fn worth(self) -> Worth {
        let sum: f32 = self.0.iter().map(|part| part.value).sum();
        Worth { score: sum.max(0.0), parts: self.0 }
    }
}

/// The least and the most of some numbers; 0 and 0 when there are none.
fn bounds(values: impl Iterator<Item = f32>) -> (f32, f32) {
    values.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or_default()
}

/// What is asked, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question<'a> {
    /// Its text.
    pub text: &'a str,
    /// The time of asking.
    pub at: Timestamp,
}

/// What each candidate is worth, in the order given. Turns of a conversation may stand in any order.
pub fn rank(question: &Question<'_>, candidates: &[Candidate<'_>]) -> Vec<Worth> {
    let lent = neighbours::lend(candidates);
    let most_text = candidates.iter().zip(&lent).map(|(own, lent)| own.text + lent).fold(0.0, f32::max);
    let (least_vector, most_vector) = bounds(candidates.iter().map(|candidate| candidate.vector));
    let share = |value: f32, of: f32| if of > 0.0 { value / of } else { 0.0 };
    let worth = |(candidate, lent): (&Candidate<'_>, f32)| {
        let mut parts = Parts::default();
        parts.add("words", share(candidate.text, most_text));
        parts.add("neighbours", share(lent, most_text));
        parts.add("meaning", MEANING * share(candidate.vector - least_vector, most_vector - least_vector));
        parts.worth()
    };
    let _ = question;
    candidates.iter().zip(lent.iter().copied()).map(worth).collect()
}
