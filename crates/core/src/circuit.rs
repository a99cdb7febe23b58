//! A breaker that tasks share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    Error,
    policy::breaker::{Admission, Breaker, BreakerLimits, Verdict},
};

/// Stands before something that may fail, and remembers why it is left in peace.
#[derive(Debug)]
pub struct Circuit(Mutex<State>);

#[derive(Debug)]
struct State {
    breaker: Breaker,
    last: Option<Error>,
}

/// Why something may not be tried now.
#[derive(Clone, Debug)]
pub struct Resting {
    /// What went wrong last.
    pub last: Option<Error>,
    /// When trying again can help.
    pub retry_after: Duration,
}

/// Leave to try; its holder tells how it went. One that is dropped without a word tells nothing, and makes room.
#[derive(Debug)]
pub struct Pass {
    circuit: Arc<Circuit>,
    probe: bool,
}

impl Circuit {
    /// A closed one.
    pub fn new(limits: BreakerLimits) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { breaker: Breaker::new(limits), last: None })))
    }

    /// Leave to try, or why not.
    pub fn admit(self: &Arc<Self>, now: Instant) -> Result<Pass, Resting> {
        let mut state = self.state();
        match state.breaker.admit(now) {
            Admission::Refused(retry_after) => Err(Resting { last: state.last.clone(), retry_after }),
            admission => Ok(Pass { circuit: Arc::clone(self), probe: admission == Admission::Probe }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Whether everybody else waits for how this one goes.
    pub fn is_probe(&self) -> bool {
        self.probe
    }

    /// It worked.
    pub fn sound(&mut self, now: Instant) {
        self.circuit.state().breaker.record(now, self.probe, Verdict::Sound);
        self.probe = false;
    }

    /// It failed.
    pub fn failed(&mut self, now: Instant, verdict: Verdict, error: &Error) {
        let mut state = self.circuit.state();
        state.breaker.record(now, self.probe, verdict);
        if verdict != Verdict::Sound {
            state.last = Some(error.clone());
        }
        drop(state);
        self.probe = false;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe {
            self.circuit.state().breaker.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn it_tells_what_went_wrong_and_a_forgotten_probe_makes_room() {
        let rest = Duration::from_secs(2);
        let circuit = Circuit::new(BreakerLimits { failures: 1, rest });
        let start = Instant::now();
        let error = ErrorKind::Unavailable.error("nobody there");
        circuit.admit(start).unwrap().failed(start, Verdict::Fault, &error);
        let resting = circuit.admit(start).unwrap_err();
        assert_eq!((resting.retry_after, resting.last.unwrap().to_string()), (rest, "nobody there".to_owned()));
        let probe = circuit.admit(start + rest).unwrap();
        assert!(probe.is_probe() && circuit.admit(start + rest).is_err());
        drop(probe);
        circuit.admit(start + rest).unwrap().sound(start + rest);
        assert!(!circuit.admit(start + rest).unwrap().is_probe());
    }
}
