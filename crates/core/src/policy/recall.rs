//! Which of the texts that search proposed are worth showing to a model, and how good each is.

use crate::{
    Timestamp,
    types::{DocRef, Role},
};

/// A text that search proposed, read from the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Identity.
    pub doc: DocRef,
    /// The index's score, above 0.
    pub score: f32,
    /// Who said it; none for memories.
    pub role: Option<Role>,
    /// The text.
    pub content: String,
    /// Said or made at.
    pub created_at: Timestamp,
    /// 0 to 1 for memories; none for messages.
    pub importance: Option<f32>,
    /// Turns a memory was taken from, so that turn and memory are not both shown.
    pub sources: Vec<DocRef>,
}

/// What is chosen, best first, with scores normalised to 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The text.
    pub proposal: Proposal,
    /// 0 to 1, relative to the best.
    pub score: f32,
}

/// Limits of one recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Texts at most.
    pub items: usize,
    /// Estimated tokens of all texts together at most.
    pub tokens: u32,
}

/// Chooses from what search proposed.
pub fn choose(proposals: Vec<Proposal>, _now: Timestamp, budget: Budget) -> Vec<Chosen> {
    let best = proposals.iter().map(|proposal| proposal.score).fold(f32::MIN_POSITIVE, f32::max);
    proposals.into_iter().take(budget.items).map(|proposal| Chosen { score: proposal.score / best, proposal }).collect()
}
