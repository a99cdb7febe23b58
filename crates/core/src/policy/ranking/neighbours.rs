use std::collections::HashMap;

use super::{Candidate, sitting::sittings};

/// What a turn gets of the word score of the turn before it: a question often names what its answer does not.
const OF_PREVIOUS: f32 = 0.6;
/// What a turn gets of the word score of the turn after it: an answer often repeats what it answers.
const OF_NEXT: f32 = 0.35;
/// What a turn gets of those two away.
const OF_TWO_AWAY: f32 = 0.15;

/// What its neighbours in the same sitting lend to each candidate's word score; nothing to memories.
pub(super) fn lend(candidates: &[Candidate<'_>]) -> Vec<f32> {
    let mut turns: Vec<_> =
        candidates.iter().enumerate().filter_map(|(index, candidate)| Some((index, candidate.place?))).collect();
    turns.sort_by_key(|(_, place)| (place.conversation, place.position));
    let sittings = sittings(turns.iter().map(|(_, place)| *place));
    let texts: HashMap<(usize, i64), f32> = turns
        .iter()
        .zip(&sittings)
        .map(|((index, place), sitting)| ((*sitting, place.position), candidates[*index].text))
        .collect();
    let mut lent = vec![0.0; candidates.len()];
    for ((index, place), sitting) in turns.iter().zip(&sittings) {
        let text = |away: i64| texts.get(&(*sitting, place.position + away)).copied().unwrap_or(0.0);
        lent[*index] = OF_PREVIOUS * text(-1) + OF_NEXT * text(1) + OF_TWO_AWAY * (text(-2) + text(2));
    }
    lent
}
