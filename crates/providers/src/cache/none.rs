use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jarvis_core::{
    Result,
    ports::{Cache, Health, Keep, Lease, Lifetime, Lookup},
};

/// Keeps nothing: for nodes over one store that share no cache, where whatever one of them kept another could change.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

#[async_trait]
impl Cache for NoCache {
    /// There is nothing that could fail.
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    async fn get(&self, _key: &str) -> Result<Option<Bytes>> {
        Ok(None)
    }

    async fn set(&self, _key: &str, _value: Bytes, _keep: &Keep<'_>) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _key: &str) -> Result<bool> {
        Ok(false)
    }

    async fn invalidate_pattern(&self, _pattern: &str) -> Result<u64> {
        Ok(0)
    }

    async fn invalidate_tag(&self, _tag: &str) -> Result<()> {
        Ok(())
    }

    async fn lease(&self, key: &str, _keep: &Keep<'_>, _patience: Duration) -> Result<Lookup> {
        Ok(Lookup::Load(Lease::void(key)))
    }

    async fn fill(&self, _lease: Lease, _value: Bytes, _ttl: Duration) -> Result<bool> {
        Ok(false)
    }

    async fn sadd(&self, _key: &str, _members: &[&[u8]], _ttl: Option<Duration>) -> Result<u64> {
        Ok(0)
    }

    async fn smembers(&self, _key: &str) -> Result<Vec<Bytes>> {
        Ok(Vec::new())
    }

    async fn increment(&self, _key: &str, by: i64, _ttl: Option<Duration>) -> Result<i64> {
        Ok(by)
    }

    async fn ttl(&self, _key: &str) -> Result<Option<Lifetime>> {
        Ok(None)
    }
}
