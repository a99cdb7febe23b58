//! Sealed values byte by byte.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce, aead::inout::InOutBuf};
use jarvis_core::{Error, ErrorKind, Result, types::KeyId};

use super::keys::{KEY_BYTES, mac, random};

/// Begins every sealed text, and says in which version it is. No UTF-8 contains this byte, so what was stored before encryption was
/// turned on is never taken for something sealed.
pub(super) const MARK: u8 = 0xF8;
const NONCE: usize = 24;
const TAG: usize = 16;
/// Mark, id of the key, nonce.
const HEADER: usize = 1 + 4 + NONCE;
/// Bytes that a sealed text has beyond the text.
pub(super) const OVERHEAD: usize = HEADER + TAG;

/// The key that bytes were sealed under, by their beginning; none when they were not sealed.
pub(super) fn sealed_under(stored: &[u8]) -> Option<KeyId> {
    let [MARK, a, b, c, d, rest @ ..] = stored else { return None };
    (rest.len() >= NONCE + TAG).then_some(KeyId([*a, *b, *c, *d]))
}

/// Seals bytes under a nonce that nobody used before.
pub(super) fn seal(cipher: &XChaCha20Poly1305, id: KeyId, bytes: &[u8], column: &str) -> Result<Vec<u8>> {
    let mut sealed = Vec::with_capacity(bytes.len() + OVERHEAD);
    sealed.push(MARK);
    sealed.extend_from_slice(&id.0);
    sealed.resize(HEADER, 0);
    random(&mut sealed[HEADER - NONCE..])?;
    sealed.extend_from_slice(bytes);
    let (header, text) = sealed.split_at_mut(HEADER);
    let tag = encrypt(cipher, &header[HEADER - NONCE..], &bound(&header[..HEADER - NONCE], column), text)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`seal`] made, which [`sealed_under`] has told the key of.
pub(super) fn open(cipher: &XChaCha20Poly1305, mut sealed: Vec<u8>, column: &str) -> Result<Vec<u8>> {
    let end = sealed.len().checked_sub(TAG).filter(|end| *end >= HEADER).ok_or_else(|| damaged(column))?;
    let (header, rest) = sealed.split_at_mut(HEADER);
    let (text, tag) = rest.split_at_mut(end - HEADER);
    let bound = bound(&header[..HEADER - NONCE], column);
    decrypt(cipher, &header[HEADER - NONCE..], &bound, text, tag).ok_or_else(|| damaged(column))?;
    sealed.copy_within(HEADER..end, 0);
    sealed.truncate(end - HEADER);
    Ok(sealed)
}

/// What labels are sealed under.
pub(super) struct Labels {
    cipher: XChaCha20Poly1305,
    nonces: [u8; KEY_BYTES],
}

impl Labels {
    pub(super) fn new(values: &[u8; KEY_BYTES], nonces: [u8; KEY_BYTES]) -> Self {
        Self { cipher: cipher(values), nonces }
    }

    /// Equal labels of a column become equal: the nonce is made from what is sealed, so one nonce never serves two texts.
    pub(super) fn seal(&self, label: &str, column: &str) -> Result<String> {
        let mac = mac(&self.nonces, &[column.as_bytes(), label.as_bytes()]);
        let mut sealed = Vec::with_capacity(NONCE + label.len() + TAG);
        sealed.extend_from_slice(&mac[..NONCE]);
        sealed.extend_from_slice(label.as_bytes());
        let (nonce, text) = sealed.split_at_mut(NONCE);
        let tag = encrypt(&self.cipher, nonce, column.as_bytes(), text)?;
        sealed.extend_from_slice(&tag);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// None when [`seal`](Self::seal) did not make it for this column.
    pub(super) fn open(&self, sealed: &str, column: &str) -> Option<String> {
        let mut sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let end = sealed.len().checked_sub(TAG).filter(|end| *end >= NONCE)?;
        let (nonce, rest) = sealed.split_at_mut(NONCE);
        let (text, tag) = rest.split_at_mut(end - NONCE);
        decrypt(&self.cipher, nonce, column.as_bytes(), text, tag)?;
        String::from_utf8(text.to_vec()).ok()
    }
}

pub(super) fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key).into())
}

/// What a text is bound to: version, key and place.
fn bound(header: &[u8], column: &str) -> Vec<u8> {
    [header, column.as_bytes()].concat()
}

fn encrypt(cipher: &XChaCha20Poly1305, nonce: &[u8], bound: &[u8], text: &mut [u8]) -> Result<Tag> {
    let nonce = XNonce::try_from(nonce).map_err(Error::internal)?;
    cipher
        .encrypt_inout_detached(&nonce, bound, InOutBuf::from(text))
        .map_err(|_| Error::internal("a value is too large to be sealed"))
}

fn decrypt(cipher: &XChaCha20Poly1305, nonce: &[u8], bound: &[u8], text: &mut [u8], tag: &[u8]) -> Option<()> {
    let (nonce, tag) = (XNonce::try_from(nonce).ok()?, Tag::try_from(tag).ok()?);
    cipher.decrypt_inout_detached(&nonce, bound, InOutBuf::from(text), &tag).ok()
}

/// Somebody else changed a value, or put it where it does not belong.
pub(super) fn damaged(column: &str) -> Error {
    ErrorKind::Corrupt.error(format!("a value of {column} was not sealed here, or was changed since; restore a backup"))
}
