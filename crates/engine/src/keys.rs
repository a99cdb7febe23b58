//! Encryption at rest: under which keys values are sealed, and sealing all of them anew.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    ports::{SEALED_TABLES, SealedTable, Sealer, Store, transfer::Cell},
    types::{KeyId, Resealed, SealingPhase, StoredKey},
};

use crate::{
    audit::{Act, Actor},
    context::Context,
};

/// Looks at all of the store until one finds nothing to be done: another server may still seal under an older key.
const PASSES: u32 = 3;
/// How often something that is in the way for a moment is tried again, and how long is waited.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// How far sealing anew is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RotationProgress {
    /// Whether it runs.
    pub running: bool,
    /// Rows that were looked at.
    pub done: u64,
    /// Rows to be looked at, about.
    pub total: u64,
    /// Rows that were sealed anew.
    pub changed: u64,
    /// How often it came to its end since the start.
    pub finished: u64,
    /// Why the last one did not.
    pub error: Option<String>,
}

/// A key that values may be sealed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyInUse {
    /// Its name.
    pub id: KeyId,
    /// Since when.
    pub since: Timestamp,
    /// Whether what is written now is sealed under it.
    pub is_current: bool,
}

/// Under which keys values are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysStatus {
    /// How far the store is with encryption; none when it is off.
    pub phase: Option<SealingPhase>,
    /// The keys, the newest last.
    pub keys: Vec<KeyInUse>,
}

/// A store whose values are sealed anew.
#[derive(Clone, Debug)]
pub struct Resealing {
    store: Arc<dyn Store>,
    sealer: Arc<dyn Sealer>,
}

/// Told how far it is: rows looked at, rows in all, rows sealed anew.
pub type WatchSealing<'a> = &'a (dyn Fn(u64, u64, u64) + Send + Sync);

impl Resealing {
    /// Over an open store and what it seals with.
    pub fn new(store: Arc<dyn Store>, sealer: Arc<dyn Sealer>) -> Self {
        Self { store, sealer }
    }

    /// Which keys there are.
    pub async fn status(&self) -> Result<KeysStatus> {
        let keys = self.store.sealing().keys(&Scope::system()).await?;
        let current = self.sealer.keys().first().copied();
        let phase = keys.first().map(|key| key.phase);
        let in_use = |key: &StoredKey| KeyInUse { id: key.id, since: key.since, is_current: Some(key.id) == current };
        Ok(KeysStatus { phase, keys: keys.iter().map(in_use).collect() })
    }

    /// Makes every value as it should be now, until a look at all of them finds none that is not. Answers how many rows were changed.
    ///
    /// Errors: `Conflict` with code `older_key_in_use` when others go on writing values that are not; those of the store.
    pub async fn run(&self, watch: WatchSealing<'_>) -> Result<u64> {
        let mut total = 0;
        for table in SEALED_TABLES {
            total += self.store.sealing().count(&Scope::system(), table).await?;
        }
        let (mut done, mut changed) = (0, 0);
        for pass in 1..=PASSES {
            let before = changed;
            for table in SEALED_TABLES {
                let mut after = None;
                loop {
                    let step = self.step(table, after).await?;
                    (done, changed) = (done + step.rows, changed + step.changed);
                    watch(done, total * u64::from(pass), changed);
                    after = step.last;
                    if after.is_none() {
                        break;
                    }
                }
            }
            // what was found in order at once needs no second look
            if changed == before {
                return Ok(changed);
            }
        }
        Err(ErrorKind::Conflict
            .error(
                "another server still seals under an older key; start every server with the new ENCRYPTION_KEY, then run \
                 `jarvis keys rotate` again",
            )
            .with_code("older_key_in_use"))
    }

    /// Takes what was replaced out of the files.
    pub async fn scrub(&self) -> Result<()> {
        patiently(|| self.store.scrub()).await
    }

    /// Forgets every key but the one that is sealed under. Only after [`run`](Self::run): what is sealed under them could not be
    /// opened any more.
    pub async fn forget_other_keys(&self) -> Result<()> {
        let current = self.sealer.keys().first().copied();
        self.remove(move |id| Some(id) != current).await
    }

    /// Forgets every key: nothing is sealed any more.
    pub async fn forget_all_keys(&self) -> Result<()> {
        self.remove(|_| true).await
    }

    async fn remove(&self, is_meant: impl Fn(KeyId) -> bool + Send + 'static) -> Result<()> {
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let system = Scope::system();
                    for key in tx.sealing().keys(&system).await? {
                        if is_meant(key.id) {
                            tx.sealing().remove(&system, key.id).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn step(&self, table: &'static SealedTable, after: Option<Vec<Cell>>) -> Result<Resealed<Vec<Cell>>> {
        patiently(|| {
            let after = after.clone();
            self.store
                .write(move |tx| Box::pin(async move { tx.sealing().reseal(&Scope::system(), table, after).await }))
        })
        .await
    }
}

/// What is in the way for a moment, such as another's work, is waited for.
async fn patiently<T, F: Future<Output = Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    let mut attempt = 1;
    loop {
        match work().await {
            Err(error)
                if attempt < ATTEMPTS
                    && matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::DeadlineExceeded) =>
            {
                tracing::debug!(?error, "sealing anew waits for a moment");
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// The keys of a store that is in use.
#[derive(Clone, Debug)]
pub struct Keys {
    context: Context,
    resealing: Resealing,
    progress: Arc<Mutex<RotationProgress>>,
}

impl Keys {
    pub(crate) fn new(context: Context) -> Self {
        let resealing = Resealing::new(Arc::clone(&context.ports.store), Arc::clone(&context.ports.sealer));
        Self { context, resealing, progress: Arc::default() }
    }

    /// Which keys there are.
    pub async fn status(&self) -> Result<KeysStatus> {
        self.resealing.status().await
    }

    /// How far sealing anew is.
    pub fn progress(&self) -> RotationProgress {
        self.lock().clone()
    }

    /// Begins to seal everything under the first key, unless it runs already; it goes on behind the scenes, and
    /// [`progress`](Self::progress) tells. What a crash interrupts goes on when it is begun again.
    ///
    /// Errors: `Conflict` with code `not_encrypted` when nothing is sealed here.
    pub async fn rotate(&self, by: &Actor) -> Result<()> {
        if self.context.ports.sealer.keys().is_empty() {
            return Err(ErrorKind::Conflict
                .error(
                    "encryption is off on this server; stop it, set ENCRYPTION_KEY, and run `jarvis keys rotate` to turn \
                     it on",
                )
                .with_code("not_encrypted"));
        }
        if self.lock().running {
            return Ok(());
        }
        let act = Act::new(&self.context, by, "encryption.rotate", "keys")?;
        self.context.write(Scope::system(), move |tx| Box::pin(async move { act.record(tx).await })).await?;
        {
            let mut progress = self.lock();
            if progress.running {
                return Ok(());
            }
            *progress = RotationProgress { running: true, finished: progress.finished, ..RotationProgress::default() };
        }
        let keys = self.clone();
        self.context.spawn(async move {
            let stop = keys.context.stop.clone();
            let outcome = stop.run_until_cancelled(keys.rotate_now()).await;
            let mut progress = keys.lock();
            progress.running = false;
            match outcome {
                Some(Ok(())) => progress.finished += 1,
                Some(Err(error)) => {
                    tracing::warn!(?error, "sealing under the new key did not come to its end");
                    progress.error = Some(error.message().to_owned());
                }
                None => progress.error = Some("the server was stopped; begin again".to_owned()),
            }
        });
        Ok(())
    }

    async fn rotate_now(&self) -> Result<()> {
        let watch = |done, total, changed| {
            let mut progress = self.lock();
            (progress.done, progress.total, progress.changed) = (done, total, changed);
        };
        let changed = self.resealing.run(&watch).await?;
        let others = self.status().await?.keys.iter().filter(|key| !key.is_current).count();
        if changed > 0 || others > 0 {
            self.resealing.scrub().await?;
            self.resealing.forget_other_keys().await?;
            tracing::info!(rows = changed, "sealed everything under the new key");
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RotationProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
