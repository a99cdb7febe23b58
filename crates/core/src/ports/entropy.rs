use std::fmt::Debug;

use crate::Result;

/// Randomness that nobody can guess. Always a parameter, so that tests can count it.
pub trait Entropy: Send + Sync + Debug {
    /// 32 bytes.
    fn bytes(&self) -> Result<[u8; 32]>;
}
