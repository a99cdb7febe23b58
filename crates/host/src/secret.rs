//! Values that must not be shown.

use std::fmt;

use jarvis_core::{Error, Result, ports::Entropy};

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

/// Where a server is, with what it wants to know of whoever comes. Never shown with its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// As written in the configuration.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// With its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A URL with the passwords in it taken out, also those among its parameters; other text as it is.
pub(crate) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{name}:…@{host}")
        }
        _ => authority.to_owned(),
    };
    let (path, parameters) = path.split_once('?').map_or((path, None), |(path, rest)| (path, Some(rest)));
    let shown = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=…"),
        _ => parameter.to_owned(),
    };
    let parameters = parameters.map(|text| text.split('&').map(shown).collect::<Vec<_>>().join("&"));
    let parameters = parameters.map_or_else(String::new, |text| format!("?{text}"));
    format!("{scheme}://{authority}{path}{parameters}")
}

/// 32 bytes from the operating system's source of randomness; the one place that asks it.
pub fn system_entropy() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(bytes)
}

/// The operating system's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes(&self) -> Result<[u8; 32]> {
        system_entropy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_out_of_addresses() {
        for (written, shown) in [
            ("postgresql://jarvis:p@ss@db:5432/x", "postgresql://jarvis:…@db:5432/x"),
            ("redis://:secret@cache", "redis://:…@cache"),
            ("postgresql://db/x?sslmode=require&password=s3cret", "postgresql://db/x?sslmode=require&password=…"),
            ("postgresql://a:b@db?x=@", "postgresql://a:…@db?x=@"),
            ("postgresql://db/x", "postgresql://db/x"),
            ("/some/where:@", "/some/where:@"),
        ] {
            assert_eq!(without_password(written), shown);
            assert_eq!(format!("{:?}", Address::new(written)), format!("Address({shown})"));
        }
    }

    #[test]
    fn a_token_is_revealed_on_purpose_only() {
        let token = AdminToken::from_entropy([0xab; 32]);
        assert_eq!(token.reveal(), "ab".repeat(32));
        assert_eq!(format!("{token:?}"), "AdminToken(…)");
        assert_ne!(system_entropy().unwrap(), system_entropy().unwrap());
    }
}
