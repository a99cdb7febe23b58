//! Whether and when something that failed is tried again.

use std::time::Duration;

/// How often, and with what pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Attempts in all; at least 1.
    pub attempts: u32,
    /// The first pause at most; each further one is twice as long.
    pub pause: Duration,
    /// Longest pause; who asks for more is not asked again.
    pub longest: Duration,
}

impl Backoff {
    /// How long to wait after the `made`-th attempt (from 1) failed; none to give up. `asked` is what the other side wants,
    /// `left` the time in which an answer is of use, and `chance` (0 to 1) keeps those that failed together from coming
    /// back together.
    pub fn after(&self, made: u32, asked: Option<Duration>, left: Duration, chance: f64) -> Option<Duration> {
        if made >= self.attempts {
            return None;
        }
        let doubled = self.pause.saturating_mul(2_u32.saturating_pow(made.saturating_sub(1)));
        let pause = doubled.min(self.longest).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        let wait = pause.max(asked.unwrap_or_default());
        (wait <= self.longest && wait < left).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff =
        Backoff { attempts: 3, pause: Duration::from_millis(200), longest: Duration::from_secs(2) };
    const AMPLE: Duration = Duration::from_mins(1);

    #[test]
    fn pauses_double_until_the_attempts_are_used_up() {
        let pauses: Vec<_> = (1..=3).map(|made| BACKOFF.after(made, None, AMPLE, 1.0)).collect();
        assert_eq!(pauses, [Some(Duration::from_millis(200)), Some(Duration::from_millis(400)), None]);
    }

    #[test]
    fn what_the_other_side_asks_for_is_honoured_or_left_to_the_caller() {
        let asked = |secs| BACKOFF.after(1, Some(Duration::from_secs(secs)), AMPLE, 0.0);
        assert_eq!(asked(1), Some(Duration::from_secs(1)));
        assert_eq!(asked(3), None);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_allowed_nor_shorter_than_asked_for(
            made in 1_u32..100, asked in prop::option::of(0_u64..5_000), left in 0_u64..5_000, chance in 0.0..=1.0_f64,
        ) {
            let backoff = Backoff { attempts: 50, ..BACKOFF };
            let (asked, left) = (asked.map(Duration::from_millis), Duration::from_millis(left));
            if let Some(pause) = backoff.after(made, asked, left, chance) {
                prop_assert!(made < 50 && pause <= backoff.longest && pause < left);
                prop_assert!(pause >= asked.unwrap_or_default());
                prop_assert!(pause >= BACKOFF.pause / 2);
            }
        }
    }
}
