//! Encryption at rest.

use jarvis_core::Result;
use jarvis_providers::sealing::MasterKey;

use super::{IndexPlace, SearchConfig, resolve::Judge, sections::RawEncryption};

/// Under which keys what people wrote is sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionConfig {
    /// The key that is sealed under; encryption is off without one.
    pub key: Option<MasterKey>,
    /// Keys that values may still be sealed under.
    pub previous: Vec<MasterKey>,
}

impl EncryptionConfig {
    /// All of them, the one that is sealed under first.
    pub fn keys(&self) -> Vec<MasterKey> {
        self.key.iter().chain(&self.previous).cloned().collect()
    }
}

pub(super) fn encryption(judge: &Judge<'_>, raw: &RawEncryption) -> Result<EncryptionConfig> {
    let read = |key: &'static str, text: &String| {
        MasterKey::parse(text).ok_or_else(|| {
            judge.refuse(
                key,
                "is no key; write 32 characters, or 32 bytes in base64 as `openssl rand -base64 32` makes them",
            )
        })
    };
    let key = Some(&raw.key).filter(|text| !text.is_empty()).map(|text| read("encryption.key", text)).transpose()?;
    let mut previous = Vec::new();
    for text in &raw.previous {
        let one = read("encryption.previous", text)?;
        if Some(&one) != key.as_ref() && !previous.contains(&one) {
            previous.push(one);
        }
    }
    let all = || key.iter().chain(&previous);
    if all().any(|one| all().any(|other| one != other && one.id() == other.id())) {
        return Err(
            judge.refuse("encryption.previous", "holds a key that cannot be told from another one; choose another key")
        );
    }
    Ok(EncryptionConfig { key, previous })
}

/// Words and vectors tell what they were made from: with encryption they are in memory, and nowhere else.
pub(super) fn indexes(judge: &Judge<'_>, encryption: &EncryptionConfig, search: SearchConfig) -> Result<SearchConfig> {
    if encryption.key.is_none() {
        return Ok(search);
    }
    for (key, place) in [("search.text_index", search.text_index), ("search.vector_index", search.vector_index)] {
        if place == IndexPlace::Database {
            let why = "is database, where what people wrote could be read in spite of ENCRYPTION_KEY; write local, which keeps it in memory";
            return Err(judge.refuse(key, why));
        }
    }
    Ok(SearchConfig { in_memory: true, ..search })
}
