//! Values that must not be shown.

use std::fmt;

use jarvis_core::{Error, Result};

/// Random bytes that name their bearer the owner of the data directory. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl AdminToken {
    /// From 32 bytes that nobody can guess.
    pub fn from_entropy(bytes: [u8; 32]) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// One that was made before, as it was shown.
    pub(crate) fn from_text(text: String) -> Self {
        Self(text)
    }

    /// As sent in a request: 64 hexadecimal digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// 32 bytes from the operating system's source of randomness; the one place that asks it.
pub fn system_entropy() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_revealed_on_purpose_only() {
        let token = AdminToken::from_entropy([0xab; 32]);
        assert_eq!(token.reveal(), "ab".repeat(32));
        assert_eq!(format!("{token:?}"), "AdminToken(…)");
        assert_ne!(system_entropy().unwrap(), system_entropy().unwrap());
    }
}
