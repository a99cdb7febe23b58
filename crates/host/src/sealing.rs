//! Encryption at rest: whether the keys of the configuration are those of the store, and bringing the one to the other.

use std::{fs, io, sync::Arc};

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    ports::{Clock, PlainSealer, Sealer, Store},
    types::{KeyId, SealingPhase, StoredKey},
};
use jarvis_engine::{KeysStatus, Resealing, WatchSealing};
use jarvis_providers::sealing::{KeyedSealer, StoreSecret};
use serde_json::json;

use crate::{
    Config, DatabaseTarget, Owner, between::empty_shared_cache, config::EncryptionConfig, fs as files,
    store::OpenStore, trail,
};

/// What the store seals with: nothing, or the keys of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    /// Seals under the configured key, once the store is unlocked; none when encryption is off.
    pub(crate) keyed: Option<Arc<KeyedSealer>>,
}

/// What bringing a store to its configuration has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysOutcome {
    /// Encryption was turned on.
    Encrypted,
    /// Everything is sealed under the configured key now.
    Rotated,
    /// Encryption was turned off.
    Decrypted,
    /// Encryption is off, and was.
    Nothing,
}

impl Seal {
    pub(crate) fn new(encryption: &EncryptionConfig) -> Self {
        let keyed = encryption.key.is_some().then(|| Arc::new(KeyedSealer::new(&encryption.keys())));
        Self { keyed }
    }

    pub(crate) fn port(&self) -> Arc<dyn Sealer> {
        match &self.keyed {
            Some(keyed) => Arc::clone(keyed) as Arc<dyn Sealer>,
            None => Arc::new(PlainSealer),
        }
    }

    /// Refuses a store that was not sealed under the configured keys, and lets the sealer seal and open otherwise. A store in which
    /// nothing is yet is sealed from the beginning.
    ///
    /// Errors: `Conflict` with code `encryption_key_missing`, `encryption_key_wrong`, `not_encrypted` or `encryption_unfinished`.
    pub(crate) async fn unlock(&self, store: &dyn Store, clock: &dyn Clock) -> Result<()> {
        let mut keys = store.sealing().keys(&Scope::system()).await?;
        let Some(sealer) = &self.keyed else {
            return match keys.first().map(|key| key.phase) {
                None => Ok(()),
                Some(SealingPhase::TurningOff) => Err(turning_off()),
                Some(_) => Err(key_missing()),
            };
        };
        if keys.is_empty() {
            if store.stats().totals(&Scope::system()).await?.users > 0 {
                return Err(not_encrypted());
            }
            note(store, sealer, &StoreSecret::draw()?, SealingPhase::Sealed, clock).await?;
            // another server may have been first
            keys = store.sealing().keys(&Scope::system()).await?;
        }
        match keys.iter().map(|key| key.phase).find(|phase| *phase != SealingPhase::Sealed) {
            Some(SealingPhase::TurningOff) => return Err(turning_off()),
            Some(_) => return Err(unfinished()),
            None => {}
        }
        let secret = secret(sealer, &keys)?;
        if !keys.iter().any(|key| Some(key.id) == sealer.keys().first().copied()) {
            note(store, sealer, &secret, SealingPhase::Sealed, clock).await?;
            tracing::info!(
                "what is written from now on is sealed under a new key; `jarvis keys rotate` does it with the rest"
            );
        }
        sealer.unlock(&secret, SealingPhase::Sealed);
        Ok(())
    }
}

/// Which keys the configured store has; whoever asks must own the data directory.
pub async fn keys_status(config: &Config, owner: &Owner, clock: Arc<dyn Clock>) -> Result<KeysStatus> {
    let _ = owner;
    let seal = Seal::new(&config.encryption);
    let store = OpenStore::open(&config.database, seal.port(), clock).await?;
    let status = Resealing::new(store.port(), seal.port()).status().await;
    store.close().await?;
    status
}

/// Brings the configured store to what the configuration says: turns encryption on or off, or seals everything under the configured
/// key. Answers how many rows were changed. What was interrupted goes on where it stopped. Whoever calls must own the data directory.
///
/// Errors: those of a start with these keys; `Conflict` with code `database_in_use` when a server works on a shared database while encryption
/// is to be turned on or off.
pub async fn rotate_keys(
    config: &Config,
    owner: &Owner,
    clock: Arc<dyn Clock>,
    watch: WatchSealing<'_>,
) -> Result<(KeysOutcome, u64)> {
    let _ = owner;
    if let DatabaseTarget::Sqlite(path) = &config.database.target {
        files::create_private(path)?;
    }
    let sealer = Arc::new(KeyedSealer::new(&config.encryption.keys()));
    let open = || OpenStore::open(&config.database, Arc::clone(&sealer) as Arc<dyn Sealer>, Arc::clone(&clock));
    let store = open().await?;
    let keys = store.port().sealing().keys(&Scope::system()).await?;
    let phase = match (keys.first().map(|key| key.phase), config.encryption.key.is_some()) {
        (None, false) => {
            store.close().await?;
            return Ok((KeysOutcome::Nothing, 0));
        }
        (Some(SealingPhase::Sealed), true) => SealingPhase::Sealed,
        (_, true) => SealingPhase::TurningOn,
        (_, false) => SealingPhase::TurningOff,
    };
    let store = if phase == SealingPhase::Sealed {
        store
    } else {
        // a server that runs would go on with what it knew at its start
        store.close().await?;
        refuse_company(&config.database.target).await?;
        open().await?
    };
    let done = convert(config, &*store.port(), &store, &sealer, keys, phase, &*clock, watch).await;
    store.close().await?;
    done
}

#[expect(
    clippy::too_many_arguments,
    reason = "one step of its only caller, which closes the store whatever comes of it"
)]
async fn convert(
    config: &Config,
    port: &dyn Store,
    store: &OpenStore,
    sealer: &Arc<KeyedSealer>,
    keys: Vec<StoredKey>,
    phase: SealingPhase,
    clock: &dyn Clock,
    watch: WatchSealing<'_>,
) -> Result<(KeysOutcome, u64)> {
    let secret = if keys.is_empty() { StoreSecret::draw()? } else { secret(sealer, &keys)? };
    if phase != SealingPhase::TurningOff {
        note(port, sealer, &secret, phase, clock).await?;
    }
    set_phase(port, phase).await?;
    sealer.unlock(&secret, phase);
    let resealing = Resealing::new(store.port(), Arc::clone(sealer) as Arc<dyn Sealer>);
    if phase == SealingPhase::TurningOff {
        // what is noted now is opened with the rest; later it would stay sealed
        trail::note(port, clock.now(), "encryption.off", "keys", &json!({"rows": null})).await?;
    }
    let changed = resealing.run(watch).await?;
    if phase != SealingPhase::Sealed {
        // sealed texts take more
        port.write(|tx| Box::pin(async move { tx.sealing().recount_bytes(&Scope::system()).await })).await?;
    }
    match phase {
        SealingPhase::TurningOn => {
            resealing.scrub().await?;
            remove_indexes(config)?;
            if let Err(error) = empty_shared_cache(config).await {
                tracing::warn!(?error, "pages in Redis could not be removed; they go within a minute");
            }
            trail::note(port, clock.now(), "encryption.on", "keys", &json!({"rows": changed})).await?;
            set_phase(port, SealingPhase::Sealed).await?;
            Ok((KeysOutcome::Encrypted, changed))
        }
        SealingPhase::Sealed => {
            if changed > 0 || keys.len() > 1 {
                resealing.scrub().await?;
            }
            trail::note(port, clock.now(), "encryption.rotate", "keys", &json!({"rows": changed})).await?;
            resealing.forget_other_keys().await?;
            Ok((KeysOutcome::Rotated, changed))
        }
        SealingPhase::TurningOff => {
            resealing.forget_all_keys().await?;
            Ok((KeysOutcome::Decrypted, changed))
        }
    }
}

/// Removes what tells of texts outside of the database: words and vectors, which are derived.
pub(crate) fn remove_indexes(config: &Config) -> Result<()> {
    let dir = config.data_dir.indexes();
    match fs::remove_dir_all(&dir) {
        Ok(()) => {
            tracing::info!("removed the indexes from the data directory: with encryption they are in memory only");
            Ok(())
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(files::error("remove", &dir, cause)),
    }
}

/// Opens the store's secret with every key that its values may be sealed under: all of them must be known.
fn secret(sealer: &KeyedSealer, keys: &[StoredKey]) -> Result<StoreSecret> {
    let opened: Vec<(KeyId, Option<StoreSecret>)> = keys.iter().map(|key| (key.id, sealer.open_secret(key))).collect();
    let known = opened.iter().find_map(|(_, secret)| secret.clone());
    let Some(known) = known else { return Err(if sealer.keys().is_empty() { key_missing() } else { key_wrong() }) };
    match opened.iter().find(|(_, secret)| secret.as_ref() != Some(&known)) {
        Some((id, _)) => Err(older_key_missing(*id)),
        None => Ok(known),
    }
}

/// Notes the key that is sealed under, unless the store knows it.
async fn note(
    store: &dyn Store,
    sealer: &KeyedSealer,
    secret: &StoreSecret,
    phase: SealingPhase,
    clock: &dyn Clock,
) -> Result<()> {
    let id = sealer.keys().first().copied().ok_or_else(|| Error::internal("there is no key to be noted"))?;
    let key = StoredKey { id, secret: sealer.seal_secret(secret, id)?, phase, since: clock.now() };
    store.write(move |tx| Box::pin(async move { tx.sealing().add(&Scope::system(), key).await })).await
}

async fn set_phase(store: &dyn Store, phase: SealingPhase) -> Result<()> {
    store.write(move |tx| Box::pin(async move { tx.sealing().set_phase(&Scope::system(), phase).await })).await
}

async fn refuse_company(target: &DatabaseTarget) -> Result<()> {
    match target {
        // the owner of the data directory is alone
        DatabaseTarget::Sqlite(_) => Ok(()),
        DatabaseTarget::Postgres(address) => jarvis_postgres::refuse_other_processes(address.reveal()).await,
    }
}

fn key_missing() -> Error {
    ErrorKind::Conflict
        .error("this database is encrypted; set ENCRYPTION_KEY to the key that it was encrypted with")
        .with_code("encryption_key_missing")
}

fn key_wrong() -> Error {
    ErrorKind::Conflict
        .error(
            "ENCRYPTION_KEY is not the key that this database was encrypted with; set the right one (to change it, add the \
             old one as ENCRYPTION_KEY_PREVIOUS)",
        )
        .with_code("encryption_key_wrong")
}

fn older_key_missing(id: KeyId) -> Error {
    ErrorKind::Conflict
        .error(format!(
            "some of this database is still sealed under the key {id}, which is not ENCRYPTION_KEY; add that key as \
             ENCRYPTION_KEY_PREVIOUS and run `jarvis keys rotate`"
        ))
        .with_code("encryption_key_wrong")
}

fn not_encrypted() -> Error {
    ErrorKind::Conflict
        .error(
            "what this database holds is not encrypted yet; run `jarvis keys rotate` with the same ENCRYPTION_KEY once, \
             while no server runs, or unset it",
        )
        .with_code("not_encrypted")
}

fn turning_off() -> Error {
    ErrorKind::Conflict
        .error(
            "turning encryption off was interrupted; finish it with `ENCRYPTION_KEY_PREVIOUS=KEY jarvis keys rotate` and \
             ENCRYPTION_KEY unset, where KEY is the one that this database was encrypted with (or turn it on again with \
             `ENCRYPTION_KEY=KEY jarvis keys rotate`)",
        )
        .with_code("encryption_unfinished")
}

fn unfinished() -> Error {
    ErrorKind::Conflict
        .error(
            "turning encryption on was interrupted; run `jarvis keys rotate` with the same keys again, which goes on where \
             it stopped",
        )
        .with_code("encryption_unfinished")
}
