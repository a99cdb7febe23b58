//! How often something may be done: the generic cell rate algorithm.
//!
//! Everything that is allowed pushes a moment, the *theoretical arrival time*, one interval further into the future; what
//! would push it further than the burst reaches is refused. One number for each key is all there is to remember.

use std::time::Duration;

use crate::{Error, Result, Timestamp};

/// Longest that a burst may take to come back.
pub const LONGEST_WINDOW: Duration = Duration::from_hours(24);

/// So many at once, and again one for each interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    interval: u64,
    burst: u32,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateDecision {
    /// Whether to go on.
    pub allowed: bool,
    /// How much could be taken at once now.
    pub remaining: u32,
    /// When the same would be allowed; none when it is.
    pub retry_after: Option<Duration>,
    /// When all of the burst is back.
    pub full_after: Duration,
}

impl RateLimit {
    /// `count` in every `per`, and `burst` at once. All at least 1, intervals of at least a microsecond, and a burst that is
    /// back within [`LONGEST_WINDOW`].
    pub fn new(count: u32, per: Duration, burst: u32) -> Result<Self> {
        let whole = u64::try_from(per.as_micros()).unwrap_or(u64::MAX);
        let interval = whole.checked_div(u64::from(count)).unwrap_or(0);
        let window = u128::from(interval) * u128::from(burst);
        if interval == 0 || burst == 0 || window > LONGEST_WINDOW.as_micros() {
            let message = "a limit allows at least 1 in a time, and its burst must come back within a day";
            return Err(Error::invalid("limit", message));
        }
        Ok(Self { interval, burst })
    }

    /// Microseconds after which one more is allowed.
    pub const fn interval_micros(&self) -> u64 {
        self.interval
    }

    /// How many at once.
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// Microseconds in which the whole burst comes back.
    pub const fn window_micros(&self) -> u64 {
        self.interval * self.burst as u64
    }

    /// Decides about `cost` at `now` for who has arrived until `arrival` (none at first). Answers the next arrival too, which
    /// is to be remembered when it is allowed. A clock that was set back refuses for one window at most.
    pub fn decide(&self, arrival: Option<Timestamp>, now: Timestamp, cost: u32) -> Result<(RateDecision, Timestamp)> {
        if cost > self.burst {
            return Err(Error::invalid(
                "cost",
                format!("this costs more than the {} that are ever allowed", self.burst),
            ));
        }
        let latest = now.plus(Duration::from_micros(self.window_micros()));
        let arrival = arrival.unwrap_or(now).clamp(now, latest);
        let pushed = arrival.plus(Duration::from_micros(self.interval * u64::from(cost)));
        let allowed = pushed <= latest;
        let spent = if allowed { pushed } else { arrival };
        let left = latest.since(spent).as_micros() / u128::from(self.interval);
        let decision = RateDecision {
            allowed,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            retry_after: (!allowed).then(|| pushed.since(latest)),
            full_after: spent.since(now),
        };
        Ok((decision, spent))
    }

    /// The arrival after `cost` of what was taken is given back at `now`; never more than the whole burst.
    pub fn given_back(&self, arrival: Option<Timestamp>, now: Timestamp, cost: u32) -> Timestamp {
        let latest = now.plus(Duration::from_micros(self.window_micros()));
        let ahead = arrival.unwrap_or(now).clamp(now, latest).since(now);
        now.plus(ahead.saturating_sub(Duration::from_micros(self.interval * u64::from(cost))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: u64) -> Timestamp {
        Timestamp::from_micros(1_795_248_000_000_000 + micros as i64)
    }

    #[test]
    fn a_burst_goes_on_and_then_one_for_each_interval() {
        let limit = RateLimit::new(10, Duration::from_secs(1), 3).unwrap();
        let mut arrival = None;
        let mut take = |micros| {
            let (decision, next) = limit.decide(arrival, at(micros), 1).unwrap();
            arrival = Some(next);
            (decision.allowed, decision.remaining, decision.retry_after.map(|after| after.as_micros()))
        };
        assert_eq!([take(0), take(0), take(0)], [(true, 2, None), (true, 1, None), (true, 0, None)]);
        assert_eq!(take(0), (false, 0, Some(100_000)));
        assert_eq!(take(99_999), (false, 0, Some(1)));
        assert_eq!(take(100_000), (true, 0, None));
        assert_eq!(take(10_000_000), (true, 2, None), "more than the burst never comes back");
    }

    #[test]
    fn a_clock_that_was_set_back_refuses_for_one_window_at_most() {
        let limit = RateLimit::new(1, Duration::from_secs(1), 2).unwrap();
        let (decision, _) = limit.decide(Some(at(86_400_000_000)), at(0), 1).unwrap();
        assert_eq!(decision.retry_after, Some(Duration::from_secs(1)));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_no_more_than_the_burst() {
        let limit = RateLimit::new(10, Duration::from_secs(1), 3).unwrap();
        let left = |arrival| limit.decide(Some(arrival), at(0), 0).unwrap().0.remaining;
        let (_, spent) = limit.decide(None, at(0), 3).unwrap();
        assert_eq!(left(spent), 0);
        let one = limit.given_back(Some(spent), at(0), 1);
        assert_eq!(left(one), 1);
        assert_eq!([left(limit.given_back(Some(one), at(0), 3)), left(limit.given_back(None, at(0), 1))], [3, 3]);
    }

    #[test]
    fn what_could_never_be_allowed_is_refused_as_such() {
        assert!(RateLimit::new(0, Duration::from_secs(1), 1).is_err());
        assert!(RateLimit::new(1, Duration::from_secs(1), 0).is_err());
        assert!(RateLimit::new(2, Duration::from_micros(1), 1).is_err());
        assert!(RateLimit::new(1, Duration::from_hours(1), 25).is_err());
        let limit = RateLimit::new(1, Duration::from_secs(1), 2).unwrap();
        assert_eq!(limit.decide(None, at(0), 3).unwrap_err().field(), Some("cost"));
    }

    proptest! {
        /// In any time, no more is allowed than the burst and what came back meanwhile; what is told of waiting is exact; and
        /// looking changes nothing.
        #[test]
        fn it_allows_what_the_limit_says_and_not_one_more(
            count in 1_u32..1_000, millis in 1_u64..10_000, burst in 1_u32..50,
            asks in prop::collection::vec((0_u64..2_000_000, 0_u32..5), 1..200),
        ) {
            let limit = RateLimit::new(count, Duration::from_millis(millis), burst).unwrap();
            let (mut now, mut arrival, mut taken) = (0_u64, None, 0_u64);
            for (wait, cost) in asks {
                now += wait;
                let cost = cost.min(burst);
                let (decision, next) = limit.decide(arrival, at(now), cost).unwrap();
                let (looked, _) = limit.decide(arrival, at(now), 0).unwrap();
                prop_assert!(looked.allowed && (cost <= looked.remaining) == decision.allowed);
                prop_assert!(decision.full_after <= Duration::from_micros(limit.window_micros()));
                if let Some(after) = decision.retry_after {
                    let after = after.as_micros() as u64;
                    prop_assert!(after > 0);
                    prop_assert!(limit.decide(arrival, at(now + after), cost).unwrap().0.allowed);
                    prop_assert!(!limit.decide(arrival, at(now + after - 1), cost).unwrap().0.allowed);
                } else {
                    prop_assert_eq!(decision.remaining, looked.remaining - cost);
                    arrival = Some(next);
                    taken += u64::from(cost);
                }
                let room = (u64::from(burst) * limit.interval_micros() + now) / limit.interval_micros();
                prop_assert!(taken <= room, "{taken} of {room}");
            }
        }
    }
}
