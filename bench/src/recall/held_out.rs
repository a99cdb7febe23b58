//! What the weights are worth on conversations that had no part in choosing them.
//!
//! Search explains each hit by its parts, and a part is a weight times what was found. So the weights can be chosen anew
//! on all conversations but one, by climbing coordinate after coordinate, and measured on that one; every conversation
//! is held out once.

use std::collections::BTreeMap;

use super::{corpus::Question, tally::Tally};

/// Factors by which a weight is tried, coarse ones first.
const FACTORS: [&[f32]; 3] = [&[0.0, 0.5, 2.0], &[0.7, 1.4], &[0.85, 1.2]];
/// Hits below this place are not ranked anew: a question has some hundred candidates and ten are asked for.
pub(super) const DEPTH: usize = 200;
/// The depth at which recall is climbed.
const CLIMBED: usize = 1;

/// One question of a conversation with its hits.
pub(super) struct Explained<'a> {
    pub(super) question: &'a Question,
    /// Each hit's turn and parts by name, in the order of the shipped weights.
    pub(super) hits: Vec<(String, BTreeMap<String, f32>)>,
}

/// Factors of the shipped weights, by part.
type Factors = BTreeMap<String, f32>;

/// Recall of every conversation under factors chosen on the others.
pub(super) fn measure(conversations: &[Vec<Explained<'_>>]) -> Tally {
    let mut tally = Tally::default();
    for held_out in 0..conversations.len() {
        let others: Vec<&Explained<'_>> =
            conversations.iter().enumerate().filter(|(at, _)| *at != held_out).flat_map(|(_, all)| all).collect();
        let factors = climb(&others);
        for explained in &conversations[held_out] {
            tally.add(explained.question, &explained.ranked(&factors));
        }
    }
    tally
}

fn climb(questions: &[&Explained<'_>]) -> Factors {
    let parts = questions.iter().flat_map(|question| &question.hits).flat_map(|(_, parts)| parts.keys());
    let mut factors: Factors = parts.map(|part| (part.clone(), 1.0)).collect();
    let names: Vec<String> = factors.keys().cloned().collect();
    let mut best = worth(questions, &factors);
    for tried in FACTORS {
        for name in &names {
            let was = factors[name];
            let mut kept = was;
            for factor in tried {
                factors.insert(name.clone(), was * factor);
                let found = worth(questions, &factors);
                if found > best {
                    (best, kept) = (found, was * factor);
                }
            }
            factors.insert(name.clone(), kept);
        }
    }
    factors
}

/// What is climbed: recall overall and without the questions that nothing answers, half and half.
fn worth(questions: &[&Explained<'_>], factors: &Factors) -> f64 {
    let mut tally = Tally::default();
    for explained in questions {
        tally.add(explained.question, &explained.ranked(factors));
    }
    tally.recall(|_| true)[CLIMBED] + tally.recall(|category| category != "5")[CLIMBED]
}

impl Explained<'_> {
    fn ranked(&self, factors: &Factors) -> Vec<String> {
        let score = |parts: &BTreeMap<String, f32>| -> f32 {
            parts.iter().map(|(name, value)| value * factors.get(name).copied().unwrap_or(1.0)).sum()
        };
        let mut scored: Vec<(f32, &String)> = self.hits.iter().map(|(turn, parts)| (score(parts), turn)).collect();
        // stable: equals keep the order of the search
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().map(|(_, turn)| turn.clone()).collect()
    }
}
