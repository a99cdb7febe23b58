use std::fmt;

use jarvis_core::{ErrorKind, Result};
use metrics::{Counter, counter, describe_counter};

const TOTAL: &str = "jarvis_auth_total";
const OUTCOMES: [&str; 4] = ["ok", "refused", "limited", "failed"];

/// What proves who somebody is, by how that went.
pub(super) struct Meters {
    pub(super) login: Act,
    pub(super) refresh: Act,
    pub(super) register: Act,
    pub(super) token: Act,
}

/// One way of proving it, by outcome.
pub(super) struct Act([Counter; OUTCOMES.len()]);

impl Meters {
    pub(super) fn new() -> Self {
        describe_counter!(TOTAL, "Proofs of who somebody is, by act and outcome.");
        let act = |act: &'static str| Act(OUTCOMES.map(|outcome| counter!(TOTAL, "act" => act, "outcome" => outcome)));
        Self { login: act("login"), refresh: act("refresh"), register: act("register"), token: act("token") }
    }
}

impl Act {
    /// Counts it, and hands it on.
    pub(super) fn count<T>(&self, outcome: Result<T>) -> Result<T> {
        let number = match outcome.as_ref().map_err(jarvis_core::Error::kind) {
            Ok(_) => 0,
            Err(ErrorKind::RateLimited) => 2,
            Err(kind) if kind.is_ours() => 3,
            Err(_) => 1,
        };
        self.0[number].increment(1);
        outcome
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meters")
    }
}
