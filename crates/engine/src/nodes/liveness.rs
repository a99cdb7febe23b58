use std::{collections::HashMap, time::Duration};

use jarvis_core::types::{Node, NodeId};
use tokio::time::Instant;

/// Which nodes live, as one of them sees it: a node whose beats stand still for the whole grace is gone. No clock of the
/// day is asked, so none that jumps can declare anybody dead.
#[derive(Debug)]
pub(super) struct Liveness {
    grace: Duration,
    /// Who has not looked for longer than this learnt nothing meanwhile.
    gap: Duration,
    looked: Option<Instant>,
    seen: HashMap<NodeId, Seen>,
}

#[derive(Debug)]
struct Seen {
    beats: u64,
    /// Since when the beats stand there.
    since: Instant,
    has_left: bool,
}

impl Liveness {
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, gap: grace / 2, looked: None, seen: HashMap::new() }
    }

    /// Takes in what the store says now.
    pub(super) fn observe(&mut self, nodes: &[Node], now: Instant) {
        // The store was away, or this process was stopped for a while: others may have been too.
        let is_anew = self.looked.is_none_or(|looked| now.duration_since(looked) > self.gap);
        self.looked = Some(now);
        self.seen.retain(|id, _| nodes.iter().any(|node| node.id == *id));
        for node in nodes {
            let seen = self.seen.entry(node.id.clone()).or_insert(Seen { beats: 0, since: now, has_left: false });
            if is_anew || seen.beats != node.beats {
                seen.since = now;
            }
            seen.beats = node.beats;
            seen.has_left = node.has_left;
        }
    }

    /// Whether a node is gone, as of the last look.
    pub(super) fn is_gone(&self, id: &NodeId) -> bool {
        match (self.seen.get(id), self.looked) {
            (Some(seen), Some(looked)) => seen.has_left || looked.duration_since(seen.since) >= self.grace,
            // one that is not known has left, or was forgotten long ago
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::Timestamp;

    const GRACE: Duration = Duration::from_secs(12);

    fn id(name: &str) -> NodeId {
        name.parse().unwrap()
    }

    fn node(name: &str, beats: u64) -> Node {
        let (seen_at, has_left, scrub_due, scrubbed) = (Timestamp::default(), false, 0, 0);
        Node { id: id(name), beats, seen_at, has_left, scrub_due, scrubbed }
    }

    #[test]
    fn one_that_stands_still_for_the_whole_grace_is_gone_until_it_moves() {
        let mut liveness = Liveness::new(GRACE);
        let start = Instant::now();
        assert!(!liveness.is_gone(&id("a")), "nobody has looked yet");
        for second in 0..12 {
            liveness.observe(&[node("a", 7), node("b", second)], start + Duration::from_secs(second));
            assert!(!liveness.is_gone(&id("a")), "{second}");
        }
        liveness.observe(&[node("a", 7), node("b", 13)], start + GRACE);
        assert!(liveness.is_gone(&id("a")) && !liveness.is_gone(&id("b")) && liveness.is_gone(&id("never-seen")));
        liveness.observe(&[node("a", 8), node("b", 13)], start + GRACE);
        assert!(!liveness.is_gone(&id("a")));
        liveness.observe(&[Node { has_left: true, ..node("a", 8) }], start + GRACE);
        assert!(liveness.is_gone(&id("a")) && liveness.is_gone(&id("b")));
    }

    #[test]
    fn whoever_could_not_look_begins_anew() {
        let mut liveness = Liveness::new(GRACE);
        let start = Instant::now();
        liveness.observe(&[node("a", 7)], start);
        let later = start + Duration::from_mins(5);
        liveness.observe(&[node("a", 7)], later);
        assert!(!liveness.is_gone(&id("a")), "the store may have been away for all");
        for second in (2..=12).step_by(2) {
            liveness.observe(&[node("a", 7)], later + Duration::from_secs(second));
        }
        assert!(liveness.is_gone(&id("a")));
    }
}
