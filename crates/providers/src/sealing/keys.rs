use std::fmt;

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use jarvis_core::{Error, Result, types::KeyId};
use sha2::Sha256;

/// Bytes of every key.
pub(super) const KEY_BYTES: usize = 32;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// What the configuration names as a key. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    /// 32 characters of one byte each, or 32 bytes in base64; none when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(bytes) = <[u8; KEY_BYTES]>::try_from(text.as_bytes()) {
            return Some(Self(bytes));
        }
        let decoded = [STANDARD, URL_SAFE]
            .iter()
            .find_map(|alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(text.trim()).ok()?.try_into().ok());
        decoded.map(Self)
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        let derived = derive(&self.0, "jarvis key id 1");
        KeyId([derived[0], derived[1], derived[2], derived[3]])
    }

    /// What values are sealed under.
    pub(super) fn for_values(&self) -> [u8; KEY_BYTES] {
        derive(&self.0, "jarvis values 1")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// The secret of a store, from which it makes what labels and hashes are sealed under. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreSecret([u8; KEY_BYTES]);

impl StoreSecret {
    /// A new one.
    pub fn draw() -> Result<Self> {
        let mut bytes = [0; KEY_BYTES];
        random(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(super) fn to_text(&self) -> String {
        GeneralPurpose::new(&STANDARD, LENIENT).encode(self.0)
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        GeneralPurpose::new(&STANDARD, LENIENT).decode(text).ok()?.try_into().ok().map(Self)
    }

    pub(super) fn derive(&self, purpose: &str) -> [u8; KEY_BYTES] {
        derive(&self.0, purpose)
    }
}

impl fmt::Debug for StoreSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreSecret(…)")
    }
}

/// Fills with what nobody can guess.
pub(super) fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(Error::internal)
}

/// Bytes that SHA-256 takes at a time.
const BLOCK: usize = 64;

/// HMAC-SHA-256.
pub(super) fn mac(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; 32] {
    // as HMAC itself fills a key that is shorter than a block of the hash
    let mut block = [0; BLOCK];
    block[..KEY_BYTES].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        // lengths first, so that parts cannot be moved against each other
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A key of its own for each purpose.
fn derive(key: &[u8; KEY_BYTES], purpose: &str) -> [u8; KEY_BYTES] {
    mac(key, &[purpose.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_characters_or_base64_of_32_bytes_and_has_one_name() {
        let key = MasterKey::parse("abcdefghijklmnopqrstuvwxyz012345").unwrap();
        for same in ["YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU"] {
            assert_eq!(MasterKey::parse(same).unwrap(), key);
        }
        // changing what a name is made of would lock everybody out
        insta::assert_snapshot!(key.id(), @"b7967f30");
        assert!(!format!("{key:?}").contains("abc"));
        for bad in ["", "short", "abcdefghijklmnopqrstuvwxyz0123456", "YWJj", "é".repeat(32).as_str()] {
            assert!(MasterKey::parse(bad).is_none(), "{bad}");
        }
        assert!(MasterKey::parse("-_8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0").is_some(), "base64url");
    }

    #[test]
    fn parts_cannot_be_moved_against_each_other() {
        let key = [7; KEY_BYTES];
        assert_ne!(mac(&key, &[b"ab", b"c"]), mac(&key, &[b"a", b"bc"]));
    }
}
