use std::fmt::Debug;
use uuid::Uuid;

/// A source of identifiers. Always a parameter, so that tests can count; clippy bans the direct calls.
pub trait Ids: Send + Sync + Debug {
    /// A new UUIDv7, greater than every one given before by this source.
    fn next(&self) -> Uuid;
}

/// UUIDv7 from the machine's clock and randomness, monotonic within the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes identifiers")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
