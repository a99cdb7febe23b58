use std::collections::HashMap;

use super::{Candidate, REACH, sittings};

/// How many neighbours a turn can have: [`REACH`] on each side.
const NEIGHBOURS: usize = 2 * REACH as usize;

/// What stands around each candidate in its sitting.
pub(super) struct Surroundings {
    /// For each candidate its neighbours, by index: two before, one before, one after, two after.
    neighbours: Vec<[Option<usize>; NEIGHBOURS]>,
    /// The sitting of each candidate; none for memories.
    sittings: Vec<Option<usize>>,
}

impl Surroundings {
    pub(super) fn of(candidates: &[Candidate<'_>]) -> Self {
        let mut turns: Vec<_> =
            candidates.iter().enumerate().filter_map(|(index, candidate)| Some((index, candidate.place?))).collect();
        turns.sort_by_key(|(_, place)| (place.conversation, place.position));
        let numbers = sittings(turns.iter().map(|(_, place)| *place));
        let mut sittings = vec![None; candidates.len()];
        let mut neighbours = vec![[None; NEIGHBOURS]; candidates.len()];
        for (at, ((index, place), sitting)) in turns.iter().zip(&numbers).enumerate() {
            sittings[*index] = Some(*sitting);
            // in order, so that neighbours are at most as far away here as in the conversation
            let near = at.saturating_sub(REACH as usize)..(at + REACH as usize + 1).min(turns.len());
            for other in near.filter(|&other| other != at && numbers[other] == *sitting) {
                let (neighbour, there) = turns[other];
                let slot = match there.position - place.position {
                    -2 => 0,
                    -1 => 1,
                    1 => 2,
                    2 => 3,
                    _ => continue,
                };
                neighbours[*index][slot] = Some(neighbour);
            }
        }
        Self { neighbours, sittings }
    }

    /// Those candidates that stand around one.
    pub(super) fn neighbours(&self, candidate: usize) -> impl Iterator<Item = usize> {
        self.neighbours[candidate].into_iter().flatten()
    }

    pub(super) fn previous(&self, candidate: usize) -> Option<usize> {
        self.neighbours[candidate][1]
    }

    /// For each candidate the most that `value` is in its sitting; of memories, which have none, 0.
    pub(super) fn most_in_sitting(&self, value: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut most: HashMap<usize, f32> = HashMap::new();
        for (index, sitting) in self.sittings.iter().enumerate() {
            if let Some(sitting) = sitting {
                let most = most.entry(*sitting).or_default();
                *most = most.max(value(index));
            }
        }
        let of = |sitting: &Option<usize>| sitting.and_then(|sitting| most.get(&sitting)).copied().unwrap_or_default();
        self.sittings.iter().map(of).collect()
    }
}
