//! When something that fails is left in peace, and how it is tried again.
//!
//! Closed: everything passes. After so many faults in a row it opens: nothing passes until the rest is over. Then one
//! goes ahead to see how things are: when that one is well it closes, otherwise it rests again.

use std::time::{Duration, Instant};

/// Longest rest, whoever asks for more: what was overloaded is asked again after that.
pub const LONGEST_REST: Duration = Duration::from_mins(1);
/// When to try again while somebody is finding out; nobody knows how long that takes.
const SOON: Duration = Duration::from_secs(1);

/// When to open, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerLimits {
    /// Faults in a row that open it; at least 1.
    pub failures: u32,
    /// How long it then stays open, [`LONGEST_REST`] at most.
    pub rest: Duration,
}

/// How something that was let through ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It worked, or what was wrong is not to be blamed on the other side.
    Sound,
    /// The other side failed.
    Fault,
    /// The other side wants to be left in peace for so long.
    Asked(Duration),
}

/// Whether something may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Pass,
    /// Yes, as the one that finds out how things are. Its end must be told, or that it went away without one.
    Probe,
    /// No; trying again after this can help.
    Refused(Duration),
}

/// A state machine that is told the time.
#[derive(Clone, Copy, Debug)]
pub struct Breaker {
    limits: BreakerLimits,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed {
        faults: u32,
    },
    Open {
        until: Instant,
    },
    /// One is finding out; it was open until then.
    Probing {
        until: Instant,
    },
}

impl Breaker {
    /// A closed one.
    pub fn new(limits: BreakerLimits) -> Self {
        Self { limits, state: State::Closed { faults: 0 } }
    }

    /// Whether something may be tried now.
    pub fn admit(&mut self, now: Instant) -> Admission {
        match self.state {
            State::Closed { .. } => Admission::Pass,
            State::Open { until } if now < until => Admission::Refused(until.duration_since(now)),
            State::Open { until } => {
                self.state = State::Probing { until };
                Admission::Probe
            }
            State::Probing { .. } => Admission::Refused(SOON),
        }
    }

    /// How something that was let through ended; `probe` when it was the one that found out. What was let through before it
    /// opened tells nothing about now, except when the other side asks for peace.
    pub fn record(&mut self, now: Instant, probe: bool, verdict: Verdict) {
        let rest = match verdict {
            Verdict::Asked(wanted) => wanted.min(LONGEST_REST),
            _ => self.limits.rest.min(LONGEST_REST),
        };
        let open = State::Open { until: now + rest };
        self.state = match (self.state, verdict) {
            (State::Probing { .. }, _) if !probe => self.state,
            (State::Probing { .. } | State::Closed { .. }, Verdict::Sound) => State::Closed { faults: 0 },
            (State::Closed { faults }, Verdict::Fault) if faults + 1 < self.limits.failures => {
                State::Closed { faults: faults + 1 }
            }
            (State::Probing { .. } | State::Closed { .. }, _) => open,
            (State::Open { until }, Verdict::Asked(_)) => State::Open { until: until.max(now + rest) },
            (State::Open { .. }, _) => self.state,
        };
    }

    /// The one that found out went away without an answer; the next may.
    pub fn abandon(&mut self) {
        if let State::Probing { until } = self.state {
            self.state = State::Open { until };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REST: Duration = Duration::from_secs(10);
    const LIMITS: BreakerLimits = BreakerLimits { failures: 3, rest: REST };

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(LIMITS);
        for _ in 0..LIMITS.failures {
            assert_eq!(breaker.admit(now), Admission::Pass);
            breaker.record(now, false, Verdict::Fault);
        }
        breaker
    }

    #[test]
    fn faults_in_a_row_open_it_and_one_finds_out() {
        let start = Instant::now();
        let mut breaker = opened(start);
        assert_eq!(breaker.admit(start + REST / 2), Admission::Refused(REST / 2));
        assert_eq!(breaker.admit(start + REST), Admission::Probe);
        assert_eq!(breaker.admit(start + REST), Admission::Refused(SOON));
        breaker.record(start + REST, true, Verdict::Fault);
        assert_eq!(breaker.admit(start + REST), Admission::Refused(REST));
        assert_eq!(breaker.admit(start + REST * 2), Admission::Probe);
        breaker.record(start + REST * 2, true, Verdict::Sound);
        assert_eq!(breaker.admit(start + REST * 2), Admission::Pass);
    }

    #[test]
    fn what_asks_for_peace_gets_it_at_once_and_for_a_minute_at_most() {
        let start = Instant::now();
        let mut breaker = Breaker::new(LIMITS);
        breaker.record(start, false, Verdict::Asked(Duration::from_secs(7)));
        assert_eq!(breaker.admit(start), Admission::Refused(Duration::from_secs(7)));
        breaker.record(start, false, Verdict::Asked(Duration::from_hours(9)));
        assert_eq!(breaker.admit(start), Admission::Refused(LONGEST_REST));
    }

    #[test]
    fn a_probe_that_goes_away_leaves_its_place_to_the_next() {
        let start = Instant::now();
        let mut breaker = opened(start);
        assert_eq!(breaker.admit(start + REST), Admission::Probe);
        breaker.abandon();
        assert_eq!(breaker.admit(start + REST), Admission::Probe);
    }

    #[test]
    fn what_began_before_it_opened_neither_closes_it_nor_opens_it_again() {
        let start = Instant::now();
        let mut breaker = opened(start);
        breaker.record(start, false, Verdict::Sound);
        assert_eq!(breaker.admit(start), Admission::Refused(REST));
        assert_eq!(breaker.admit(start + REST), Admission::Probe);
        breaker.record(start + REST, false, Verdict::Fault);
        breaker.record(start + REST, true, Verdict::Sound);
        assert_eq!(breaker.admit(start + REST), Admission::Pass);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Wait(u64),
        Ask(Verdict),
        Leave,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0_u64..20_000).prop_map(Step::Wait),
            Just(Step::Ask(Verdict::Sound)),
            Just(Step::Ask(Verdict::Fault)),
            (0_u64..200_000).prop_map(|millis| Step::Ask(Verdict::Asked(Duration::from_millis(millis)))),
            Just(Step::Leave),
        ]
    }

    proptest! {
        /// Whatever happens: nothing is refused for longer than a minute, nothing passes before the rest that was
        /// announced is over, and it is refused only after faults or when asked.
        #[test]
        fn a_refusal_has_a_reason_and_an_end(steps in prop::collection::vec(step(), 0..200), failures in 1_u32..6) {
            let mut breaker = Breaker::new(BreakerLimits { failures, rest: REST });
            let mut now = Instant::now();
            let (mut faults, mut refused_until) = (0, now);
            for step in steps {
                let verdict = match step {
                    Step::Wait(millis) => { now += Duration::from_millis(millis); continue }
                    Step::Ask(verdict) => Some(verdict),
                    Step::Leave => None,
                };
                match breaker.admit(now) {
                    Admission::Refused(after) => {
                        prop_assert!(after <= LONGEST_REST);
                        prop_assert!(now < refused_until, "refused without a reason");
                        prop_assert_eq!(now + after, refused_until);
                    }
                    admission => {
                        prop_assert!(now >= refused_until, "let through too early");
                        let probe = admission == Admission::Probe;
                        match verdict {
                            None => if probe { breaker.abandon() },
                            Some(verdict) => {
                                breaker.record(now, probe, verdict);
                                faults = if verdict == Verdict::Fault { faults + 1 } else { 0 };
                                match verdict {
                                    Verdict::Asked(wanted) => refused_until = now + wanted.min(LONGEST_REST),
                                    Verdict::Fault if probe || faults >= failures => refused_until = now + REST,
                                    _ => {}
                                }
                                if now < refused_until { faults = 0 }
                            }
                        }
                    }
                }
            }
        }
    }
}
