//! Encryption at rest: XChaCha20-Poly1305 under keys that only the configuration knows.
//!
//! | what | form |
//! |---|---|
//! | text | mark and version (one byte that no text begins with), id of the key (4), nonce (24), ciphertext and tag; the column's name is authenticated with it |
//! | label | the same in base64 without id, under a key of the store's own; its nonce is a MAC of column and text, so equal ones are equal |
//! | hash | one block of AES-256 for each 16 bytes, under another key of the store's own |
//!
//! What labels and hashes are sealed under is made from a secret that is drawn once for each store and kept in it, sealed under every
//! key that its values may be sealed under: so it can be looked up while values change from one key to the next, and whoever cannot
//! open it has the wrong key.

mod cache;
mod keys;
mod sealer;
mod values;

pub use cache::SealedCache;
pub use keys::{MasterKey, StoreSecret};
pub use sealer::KeyedSealer;

/// What `fuzz/` drives: sealed values, labels and keys that are read back.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    use jarvis_core::{ports::Sealer as _, types::SealingPhase};
    let text = String::from_utf8_lossy(bytes);
    let _ = MasterKey::parse(&text);
    let Some(key) = MasterKey::parse("0123456789abcdef0123456789abcdef") else { return };
    let sealer = KeyedSealer::new(std::slice::from_ref(&key));
    let Some(secret) = StoreSecret::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") else { return };
    sealer.unlock(&secret, SealingPhase::Sealed);
    let _ = sealer.open(bytes.to_vec(), "messages.content");
    let _ = sealer.open_label(text.clone().into_owned(), "memories.category");
    if let Ok(sealed) = sealer.seal(&text, "messages.content") {
        let opened = sealer.open(sealed.into_owned(), "messages.content");
        assert!(opened.is_ok_and(|opened| opened == text), "what was sealed is opened");
    }
}
