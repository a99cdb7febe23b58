use std::time::Duration;

use crate::{Timestamp, id::ConversationId};

/// Turns on each side of a proposed one that are looked at with it.
pub const REACH: u32 = 2;

/// A longer silence ends a sitting: what is said after it need not belong to what was said before.
const SITTING_GAP: Duration = Duration::from_hours(6);

/// Where a turn stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Its position there.
    pub position: i64,
    /// When.
    pub at: Timestamp,
}

/// The sitting of each turn, as a number that turns of one sitting share. `turns` are ordered by conversation and
/// position; a missing turn does not end a sitting.
pub fn sittings(turns: impl IntoIterator<Item = Place>) -> Vec<usize> {
    let mut sitting = 0;
    let mut before: Option<Place> = None;
    turns
        .into_iter()
        .map(|turn| {
            let goes_on = before.is_some_and(|before| {
                let (earlier, later) = (before.at.min(turn.at), before.at.max(turn.at));
                before.conversation == turn.conversation && later.since(earlier) < SITTING_GAP
            });
            sitting += usize::from(!goes_on);
            before = Some(turn);
            sitting
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn silence_and_another_conversation_end_a_sitting() {
        let place = |conversation: u128, position, hours: u64| Place {
            conversation: Uuid::from_u128(conversation).into(),
            position,
            at: Timestamp::from_micros(0).plus(Duration::from_hours(hours)),
        };
        let turns = [place(1, 1, 0), place(1, 2, 5), place(1, 4, 10), place(1, 5, 16), place(2, 1, 16)];
        assert_eq!(sittings(turns), [1, 1, 1, 2, 3]);
        let clock_went_back = [place(1, 1, 5), place(1, 2, 4), place(1, 3, 12)];
        assert_eq!(sittings(clock_went_back), [1, 1, 2]);
    }
}
