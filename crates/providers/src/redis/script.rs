//! What must happen at once on the server.

use redis::{Cmd, cmd};

/// A script over one key.
#[derive(Debug)]
pub(super) struct Script(&'static str);

macro_rules! script {
    ($name:literal) => {
        Script(include_str!(concat!("scripts/", $name, ".lua")))
    };
}

/// Says that a process is there, and claims the cache where it is the only one.
pub(super) const CLAIM: Script = script!("claim");
/// Adds to a counter.
pub(super) const COUNT: Script = script!("count");
/// Puts a value for the lease that its key holds.
pub(super) const FILL: Script = script!("fill");
/// Voids the claim of somebody else.
pub(super) const HEARD: Script = script!("heard");
/// Decides about a limit.
pub(super) const LIMIT: Script = script!("limit");
/// Ends a lease.
pub(super) const RELEASE: Script = script!("release");
/// Adds to a set.
pub(super) const SADD: Script = script!("sadd");
/// Takes the place of a value that no longer serves, or of a lease that takes too long.
pub(super) const TAKE: Script = script!("take");

impl Script {
    /// The whole text each time: Redis knows what it has compiled, and no server of a cluster can have missed it.
    pub(super) fn on(&self, key: &str) -> Cmd {
        let mut eval = cmd("EVAL");
        eval.arg(self.0).arg(1).arg(key);
        eval
    }
}
