use std::{borrow::Cow, fmt, sync::OnceLock};

use aes::{
    Aes256,
    cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};
use chacha20poly1305::XChaCha20Poly1305;
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{SealedAs, SealedCell, Sealer, transfer::Cell},
    types::{KeyId, SealingPhase, StoredKey},
};

use super::{
    keys::{MasterKey, StoreSecret},
    values::{self, Labels, cipher, damaged},
};

/// Where a store's secret is, as it is bound to it.
const SECRET: &str = "encryption_keys.secret";

/// Bytes that a hash is blinded by at a time.
const BLOCK: usize = 16;

/// Seals under the first of its keys and opens under all of them, once it is unlocked with the store's secret.
pub struct KeyedSealer {
    keys: Vec<(KeyId, XChaCha20Poly1305)>,
    unlocked: OnceLock<Unlocked>,
}

/// What the store's secret and its phase make possible.
struct Unlocked {
    phase: SealingPhase,
    labels: Labels,
    hashes: Aes256,
}

impl KeyedSealer {
    /// With the key that is sealed under first, and those that values may still be sealed under behind it.
    pub fn new(keys: &[MasterKey]) -> Self {
        let keys = keys.iter().map(|key| (key.id(), cipher(&key.for_values()))).collect();
        Self { keys, unlocked: OnceLock::new() }
    }

    /// The secret of a store as it is kept in it, sealed under one of the keys.
    ///
    /// Errors: `NotFound` when there is no such key.
    pub fn seal_secret(&self, secret: &StoreSecret, id: KeyId) -> Result<Vec<u8>> {
        let cipher = self.cipher(id).ok_or_else(|| Error::not_found("key"))?;
        values::seal(cipher, id, secret.to_text().as_bytes(), SECRET)
    }

    /// The inverse of [`seal_secret`](Self::seal_secret); none when the key is another one.
    pub fn open_secret(&self, key: &StoredKey) -> Option<StoreSecret> {
        let opened = values::open(self.cipher(key.id)?, key.secret.clone(), SECRET).ok()?;
        StoreSecret::from_text(std::str::from_utf8(&opened).ok()?)
    }

    /// From now on values can be sealed and opened. Once is enough; the first time counts.
    pub fn unlock(&self, secret: &StoreSecret, phase: SealingPhase) {
        let hashes = Aes256::new(&secret.derive("jarvis hashes 1").into());
        let labels = Labels::new(&secret.derive("jarvis labels 1"), secret.derive("jarvis label nonces 1"));
        let _ = self.unlocked.set(Unlocked { phase, labels, hashes });
    }

    fn cipher(&self, id: KeyId) -> Option<&XChaCha20Poly1305> {
        self.keys.iter().find(|(known, _)| *known == id).map(|(_, cipher)| cipher)
    }

    fn unlocked(&self) -> Result<&Unlocked> {
        self.unlocked.get().ok_or_else(|| Error::internal("a value was asked for before the store was unlocked"))
    }

    pub(super) fn seal_bytes(&self, bytes: &[u8], column: &str) -> Result<Vec<u8>> {
        self.unlocked()?;
        let (id, cipher) = self.keys.first().ok_or_else(|| Error::internal("there is no key to seal under"))?;
        values::seal(cipher, *id, bytes, column)
    }

    pub(super) fn open_bytes(&self, stored: Vec<u8>, column: &str) -> Result<Vec<u8>> {
        self.unlocked()?;
        let id = values::sealed_under(&stored).ok_or_else(|| damaged(column))?;
        let cipher = self.cipher(id).ok_or_else(|| {
            ErrorKind::Unavailable.error(format!(
                "something is sealed under the key {id}, which this server does not have; add it to ENCRYPTION_KEY_PREVIOUS"
            ))
        })?;
        values::open(cipher, stored, column)
    }

    /// Whether the row that begins with this value is sealed.
    fn is_sealed(&self, anchor: &SealedCell<'_>) -> Result<bool> {
        match (anchor.sealed_as, anchor.cell) {
            (SealedAs::Text, Cell::Bytes(stored)) => Ok(values::sealed_under(stored).is_some()),
            // nobody without the store's secret can make a label that opens
            (SealedAs::Label, Cell::Text(stored)) => Ok(self.unlocked()?.labels.open(stored, anchor.column).is_some()),
            _ => Err(damaged(anchor.column)),
        }
    }

    /// A plain value as it is stored sealed.
    fn seal_cell(&self, SealedCell { sealed_as, column, cell }: &SealedCell<'_>) -> Result<Cell> {
        Ok(match (sealed_as, cell) {
            (_, Cell::Null) => Cell::Null,
            (SealedAs::Text, Cell::Bytes(text)) => Cell::Bytes(self.seal_bytes(text, column)?),
            (SealedAs::Label, Cell::Text(label)) => Cell::Text(self.unlocked()?.labels.seal(label, column)?),
            (SealedAs::Hash, Cell::Bytes(hash)) => {
                let mut hash = hash.clone();
                self.blind(&mut hash)?;
                Cell::Bytes(hash)
            }
            _ => return Err(damaged(column)),
        })
    }

    /// The inverse of [`seal_cell`](Self::seal_cell).
    fn open_cell(&self, SealedCell { sealed_as, column, cell }: &SealedCell<'_>) -> Result<Cell> {
        Ok(match (sealed_as, cell) {
            (_, Cell::Null) => Cell::Null,
            (SealedAs::Text, Cell::Bytes(stored)) => Cell::Bytes(self.open_bytes(stored.clone(), column)?),
            (SealedAs::Label, Cell::Text(stored)) => Cell::Text(self.open_label(stored.clone(), column)?),
            (SealedAs::Hash, Cell::Bytes(hash)) => {
                let mut hash = hash.clone();
                let hashes = &self.unlocked()?.hashes;
                in_blocks(&mut hash, |block| hashes.decrypt_block(block))?;
                Cell::Bytes(hash)
            }
            _ => return Err(damaged(column)),
        })
    }

    /// The value under the key that is sealed under now; labels and hashes do not depend on it.
    fn change_key(&self, value: &SealedCell<'_>) -> Result<Cell> {
        match value.cell {
            Cell::Bytes(stored) if value.sealed_as == SealedAs::Text => {
                let text = self.open_bytes(stored.clone(), value.column)?;
                Ok(Cell::Bytes(self.seal_bytes(&text, value.column)?))
            }
            other => Ok(other.clone()),
        }
    }

    fn is_under_first_key(&self, value: &SealedCell<'_>) -> bool {
        match value.cell {
            Cell::Bytes(stored) if value.sealed_as == SealedAs::Text => {
                values::sealed_under(stored) == self.keys.first().map(|(id, _)| *id)
            }
            _ => true,
        }
    }
}

fn in_blocks(hash: &mut [u8], mut change: impl FnMut(&mut Array<u8, aes::cipher::consts::U16>)) -> Result<()> {
    if !hash.len().is_multiple_of(BLOCK) {
        return Err(Error::internal("a hash has a length that cannot be blinded"));
    }
    for block in hash.chunks_exact_mut(BLOCK) {
        let mut changed = Array::try_from(&*block).map_err(Error::internal)?;
        change(&mut changed);
        block.copy_from_slice(&changed);
    }
    Ok(())
}

impl Sealer for KeyedSealer {
    fn seal<'a>(&self, text: &'a str, column: &'static str) -> Result<Cow<'a, [u8]>> {
        self.seal_bytes(text.as_bytes(), column).map(Cow::Owned)
    }

    fn open(&self, stored: Vec<u8>, column: &'static str) -> Result<String> {
        String::from_utf8(self.open_bytes(stored, column)?).map_err(|_| damaged(column))
    }

    fn seal_label<'a>(&self, label: &'a str, column: &'static str) -> Result<Cow<'a, str>> {
        self.unlocked()?.labels.seal(label, column).map(Cow::Owned)
    }

    fn open_label(&self, stored: String, column: &'static str) -> Result<String> {
        self.unlocked()?.labels.open(&stored, column).ok_or_else(|| damaged(column))
    }

    fn blind(&self, hash: &mut [u8]) -> Result<()> {
        let hashes = &self.unlocked()?.hashes;
        in_blocks(hash, |block| hashes.encrypt_block(block))
    }

    fn renew(&self, row: &[SealedCell<'_>]) -> Result<Option<Vec<Cell>>> {
        let Some(anchor) = row.first() else { return Ok(None) };
        let all =
            |change: &dyn Fn(&SealedCell<'_>) -> Result<Cell>| row.iter().map(change).collect::<Result<_>>().map(Some);
        match self.unlocked()?.phase {
            SealingPhase::TurningOn if !self.is_sealed(anchor)? => all(&|value| self.seal_cell(value)),
            SealingPhase::TurningOff if self.is_sealed(anchor)? => all(&|value| self.open_cell(value)),
            SealingPhase::Sealed if !row.iter().all(|value| self.is_under_first_key(value)) => {
                all(&|value| self.change_key(value))
            }
            _ => Ok(None),
        }
    }

    fn keys(&self) -> Vec<KeyId> {
        self.keys.iter().map(|(id, _)| *id).collect()
    }
}

impl fmt::Debug for KeyedSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedSealer").field("keys", &self.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
