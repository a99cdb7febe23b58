use async_trait::async_trait;
use std::fmt::Debug;

use crate::{Result, Timestamp};

/// Changes the schema of a store, up and down. Both stores use the same numbers and verbs.
///
/// Contract: `up` and `down` hold a lock against every other process, apply each migration whole or not at all, and record
/// its SHA-256; a store whose schema is newer than the binary is refused with both numbers named; `validate` changes nothing.
#[async_trait]
pub trait Migrator: Send + Sync + Debug {
    /// Every migration this binary knows or the store has, by number.
    async fn status(&self) -> Result<Vec<MigrationStatus>>;

    /// Applies pending migrations up to `target` (all when none); answers the numbers applied, ascending.
    async fn up(&self, target: Option<u32>) -> Result<Vec<u32>>;

    /// Undoes applied migrations above `target` (so `0` undoes all); answers the numbers undone, descending.
    async fn down(&self, target: u32) -> Result<Vec<u32>>;

    /// What does not agree: edited or missing migrations, or a schema that differs from what they make. Empty when sound.
    async fn validate(&self) -> Result<Vec<MigrationProblem>>;
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number, from 1.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Whether it is applied.
    pub state: MigrationState,
    /// SHA-256 of its text, lowercase hexadecimal.
    pub checksum: String,
}

/// Whether a migration is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// Known to the binary, not applied.
    Pending,
    /// Applied at this time.
    Applied(Timestamp),
    /// Applied at this time by a newer program: this one does not know it, and must not touch the store.
    Unknown(Timestamp),
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationProblem {
    /// The migration concerned; none for the schema as a whole.
    pub number: Option<u32>,
    /// What is wrong and what to do.
    pub message: String,
}
