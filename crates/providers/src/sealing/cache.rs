use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use jarvis_core::{
    Result,
    ports::{
        Cache, Health,
        cache::{Keep, Lease, Lifetime, Lookup, bounded_value},
    },
};

use super::KeyedSealer;

/// What values are bound to: the place of none in a store.
const PLACE: &str = "cache";

/// A cache whose server sees sealed values only. Keys, tags, counters and members of sets hold ids and are kept as they are.
///
/// A value may have 45 bytes less than in the other cache. One under a key that this node does not have is an error, which costs whoever asked a read.
#[derive(Debug)]
pub struct SealedCache {
    cache: Arc<dyn Cache>,
    sealer: Arc<KeyedSealer>,
}

impl SealedCache {
    /// In front of another cache.
    pub fn new(cache: Arc<dyn Cache>, sealer: Arc<KeyedSealer>) -> Self {
        Self { cache, sealer }
    }

    fn seal(&self, value: &[u8]) -> Result<Bytes> {
        let sealed = self.sealer.seal_bytes(value, PLACE)?;
        bounded_value(&sealed)?;
        Ok(sealed.into())
    }

    fn open(&self, sealed: Bytes) -> Result<Bytes> {
        self.sealer.open_bytes(sealed.into(), PLACE).map(Into::into)
    }
}

#[async_trait]
impl Cache for SealedCache {
    async fn check(&self) -> Health {
        self.cache.check().await
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.cache.get(key).await?.map(|sealed| self.open(sealed)).transpose()
    }

    async fn set(&self, key: &str, value: Bytes, keep: &Keep<'_>) -> Result<()> {
        self.cache.set(key, self.seal(&value)?, keep).await
    }

    async fn delete(&self, key: &str) -> Result<bool> {
        self.cache.delete(key).await
    }

    async fn invalidate_pattern(&self, pattern: &str) -> Result<u64> {
        self.cache.invalidate_pattern(pattern).await
    }

    async fn invalidate_tag(&self, tag: &str) -> Result<()> {
        self.cache.invalidate_tag(tag).await
    }

    async fn lease(&self, key: &str, keep: &Keep<'_>, patience: Duration) -> Result<Lookup> {
        match self.cache.lease(key, keep, patience).await? {
            Lookup::Found(sealed) => self.open(sealed).map(Lookup::Found),
            load @ Lookup::Load(_) => Ok(load),
        }
    }

    async fn fill(&self, lease: Lease, value: Bytes, ttl: Duration) -> Result<bool> {
        match self.seal(&value) {
            Ok(sealed) => self.cache.fill(lease, sealed, ttl).await,
            Err(error) if error.kind() == jarvis_core::ErrorKind::TooLarge => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn sadd(&self, key: &str, members: &[&[u8]], ttl: Option<Duration>) -> Result<u64> {
        self.cache.sadd(key, members, ttl).await
    }

    async fn smembers(&self, key: &str) -> Result<Vec<Bytes>> {
        self.cache.smembers(key).await
    }

    async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>) -> Result<i64> {
        self.cache.increment(key, by, ttl).await
    }

    async fn ttl(&self, key: &str) -> Result<Option<Lifetime>> {
        self.cache.ttl(key).await
    }
}
