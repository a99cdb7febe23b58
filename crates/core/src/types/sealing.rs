use std::fmt;

use crate::Timestamp;

/// Names an encryption key without telling anything of it; stands in every value that is sealed under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// How far a store is with encryption; without any key of its own it keeps everything as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealingPhase {
    /// Encryption is being turned on: some values are sealed, and nobody but who turns it on may use the store.
    TurningOn,
    /// Every value is sealed.
    Sealed,
    /// Encryption is being turned off, likewise.
    TurningOff,
}

impl SealingPhase {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TurningOn => "turning_on",
            Self::Sealed => "sealed",
            Self::TurningOff => "turning_off",
        }
    }

    /// The inverse of [`as_str`](Self::as_str).
    pub fn parse(text: &str) -> Option<Self> {
        [Self::TurningOn, Self::Sealed, Self::TurningOff].into_iter().find(|phase| phase.as_str() == text)
    }
}

/// A key under which values of a store are sealed, as the store knows it: enough to tell whether somebody has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its name.
    pub id: KeyId,
    /// The store's own secret, sealed under the key: it can be opened by who has the key, and by nobody else.
    pub secret: Vec<u8>,
    /// How far the store is; the same for all of its keys.
    pub phase: SealingPhase,
    /// Since when it is used.
    pub since: Timestamp,
}

/// What one step of sealing anew has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resealed<K> {
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows of them that were sealed anew.
    pub changed: u64,
    /// The key of the last one; none when there are no more.
    pub last: Option<K>,
}
