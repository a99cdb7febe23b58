//! Tokens that are random and of which only the SHA-256 is kept: nobody can guess 32 bytes, so nothing slower is needed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jarvis_core::{Result, ports::Entropy, types::TokenHash};
use sha2::{Digest, Sha256};

/// What every key of a program begins with.
const KEY: &str = "jrv_";
/// Characters of a key that may be shown.
const PREFIX_CHARS: usize = 8;
/// Characters of 32 bytes.
const SECRET_CHARS: usize = 43;

/// A new token, and what is kept of it.
pub(super) fn token(entropy: &dyn Entropy) -> Result<(String, TokenHash)> {
    let token = BASE64.encode(entropy.bytes()?);
    let hash = hash(&token);
    Ok((token, hash))
}

/// A new key, the part of it that may be shown, and what is kept of it.
pub(super) fn key(entropy: &dyn Entropy) -> Result<(String, String, TokenHash)> {
    let prefix: String = BASE64.encode(entropy.bytes()?).chars().filter(char::is_ascii_alphanumeric).collect();
    let prefix: String = prefix.chars().chain(std::iter::repeat('0')).take(PREFIX_CHARS).collect();
    let key = format!("{KEY}{prefix}_{}", BASE64.encode(entropy.bytes()?));
    let hash = hash(&key);
    Ok((key, prefix, hash))
}

/// A password that a person can copy: 120 bits.
pub(super) fn password(entropy: &dyn Entropy) -> Result<String> {
    Ok(BASE64.encode(&entropy.bytes()?[..15]))
}

/// Whether this looks like a key: everything else need not be looked up.
pub(super) fn is_key(text: &str) -> bool {
    let is_secret = |secret: &str| secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let parts = text.strip_prefix(KEY).and_then(|rest| Some((rest.get(..PREFIX_CHARS)?, rest.get(PREFIX_CHARS..)?)));
    let secret = parts.and_then(|(_, rest)| rest.strip_prefix('_'));
    secret.is_some_and(|secret| secret.len() == SECRET_CHARS && is_secret(secret))
}

/// Whether this begins like a key, so that it is not taken for an access token.
pub(super) fn begins_like_key(text: &str) -> bool {
    text.starts_with(KEY)
}

/// What is kept of a token.
pub(super) fn hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::testkit::CountingEntropy;

    #[test]
    fn keys_look_like_keys_and_nothing_else_does() {
        let (key, prefix, kept) = key(&CountingEntropy::default()).unwrap();
        assert!(is_key(&key), "{key}");
        assert_eq!(&key[4..12], prefix);
        assert_eq!(hash(&key), kept);
        for other in ["", "jrv_", "jrv_é", &key[..key.len() - 1], &format!("{key}a"), &key.replace("jrv", "jrw")] {
            assert!(!is_key(other), "{other}");
        }
        assert_ne!(token(&CountingEntropy::default()).unwrap().0, key);
    }
}
