//! The branches of a conversation: edited messages and answers given again make a tree of its turns.

use std::collections::{HashMap, HashSet};

use jarvis_core::{
    Timestamp,
    id::MessageId,
    types::{Role, TurnPlace},
};

/// Branches told of at most.
const MAX_BRANCHES: usize = 1_000;

/// One way through a conversation, from its beginning to a turn that nothing follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its last turn.
    pub leaf: MessageId,
    /// Who said it.
    pub role: Role,
    /// Its last turn was said at.
    pub at: Timestamp,
    /// Turns from the beginning.
    pub turns: u64,
    /// The last turn that it shares with the active branch; none when it has a beginning of its own.
    pub departs_from: Option<MessageId>,
    /// Whether the next turn follows it unless it says otherwise.
    pub is_active: bool,
}

/// The branches of these turns, which are in the order of their positions.
pub(crate) fn of(turns: &[TurnPlace]) -> Vec<Branch> {
    let Some(newest) = turns.last() else { return Vec::new() };
    let followed: HashSet<MessageId> = turns.iter().filter_map(|turn| turn.parent_id).collect();
    // whatever a turn follows came before it
    let mut depths: HashMap<MessageId, u64> = HashMap::with_capacity(turns.len());
    let mut parents: HashMap<MessageId, Option<MessageId>> = HashMap::with_capacity(turns.len());
    for turn in turns {
        let above = turn.parent_id.and_then(|parent| depths.get(&parent)).copied().unwrap_or_default();
        depths.insert(turn.id, above + 1);
        parents.insert(turn.id, turn.parent_id);
    }
    let up = |from| std::iter::successors(Some(from), |turn| parents.get(turn).copied().flatten());
    let active: HashSet<MessageId> = up(newest.id).collect();
    // what was looked up on the way to the active branch, so that no way is walked twice
    let mut departures: HashMap<MessageId, Option<MessageId>> = HashMap::new();
    let mut branches = Vec::new();
    for turn in turns.iter().rev().filter(|turn| !followed.contains(&turn.id)).take(MAX_BRANCHES) {
        let mut way = Vec::new();
        let mut departs_from = None;
        for step in up(turn.id) {
            if active.contains(&step) {
                departs_from = Some(step);
                break;
            }
            if let Some(known) = departures.get(&step) {
                departs_from = *known;
                break;
            }
            way.push(step);
        }
        departures.extend(way.into_iter().map(|step| (step, departs_from)));
        let is_active = turn.id == newest.id;
        branches.push(Branch {
            leaf: turn.id,
            role: turn.role,
            at: turn.created_at,
            turns: depths.get(&turn.id).copied().unwrap_or_default(),
            departs_from: departs_from.filter(|_| !is_active),
            is_active,
        });
    }
    branches
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn turn(position: i64, parent: Option<u128>) -> TurnPlace {
        let id = |number| MessageId::from(Uuid::from_u128(number));
        TurnPlace {
            id: id(position.unsigned_abs().into()),
            parent_id: parent.map(id),
            position,
            role: Role::User,
            created_at: Timestamp::from_micros(position),
        }
    }

    #[test]
    fn every_way_to_an_end_is_a_branch() {
        let turns =
            [turn(1, None), turn(2, Some(1)), turn(3, Some(1)), turn(4, Some(3)), turn(5, None), turn(6, Some(2))];
        let told: Vec<_> = of(&turns)
            .into_iter()
            .map(|branch| {
                let number = |id: MessageId| id.as_uuid().as_u128();
                (number(branch.leaf), branch.turns, branch.departs_from.map(number), branch.is_active)
            })
            .collect();
        assert_eq!(told, [(6, 3, None, true), (5, 1, None, false), (4, 3, Some(1), false)]);
        assert_eq!(of(&[]), []);
    }
}
