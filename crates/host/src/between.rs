//! What stands between the nodes over one database: how they tell each other, and which of them leads.

use std::sync::Arc;

use jarvis_core::{
    Result,
    ports::{Bus, Cache, Clock, Ids, Leader, RateLimiter, SystemIds},
};
use jarvis_postgres::{PostgresBus, PostgresLeader};
use jarvis_providers::{
    bus::{FallbackBus, InProcessBus},
    cache::{InProcessCache, NoCache},
    leader::InProcessLeader,
    limits::InProcessLimiter,
    redis::{Redis, RedisBus, RedisCache, RedisLimiter, RedisOptions},
    sealing::SealedCache,
};

use crate::{Config, DatabaseTarget, sealing::Seal};

/// The ports that connect nodes; in the process where there is one node alone.
pub(crate) struct Between {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) leader: Arc<dyn Leader>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
}

impl Between {
    /// Redis need not be there yet; its address must be one. Must be called inside a Tokio runtime.
    pub(crate) async fn open(config: &Config, ids: &Arc<dyn Ids>, clock: &Arc<dyn Clock>, seal: &Seal) -> Result<Self> {
        let redis = redis(config)?;
        let bus: Arc<dyn Bus> = match (&config.database.target, &redis) {
            (DatabaseTarget::Postgres(address), Some(redis)) => {
                let redis = Arc::new(RedisBus::open(Arc::clone(redis), &**ids));
                Arc::new(FallbackBus::new(redis, PostgresBus::open(address.reveal()).await?))
            }
            (DatabaseTarget::Postgres(address), None) => PostgresBus::open(address.reveal()).await?,
            (DatabaseTarget::Sqlite(_), Some(redis)) => Arc::new(RedisBus::open(Arc::clone(redis), &**ids)),
            (DatabaseTarget::Sqlite(_), None) => InProcessBus::new(),
        };
        let leader: Arc<dyn Leader> = match &config.database.target {
            DatabaseTarget::Sqlite(_) => InProcessLeader::new(),
            DatabaseTarget::Postgres(address) => Arc::new(PostgresLeader::new(address.reveal())?),
        };
        let limiter: Arc<dyn RateLimiter> = match &redis {
            Some(redis) => Arc::new(RedisLimiter::new(Arc::clone(redis), Arc::clone(clock))),
            None => Arc::new(InProcessLimiter::new(Arc::clone(clock))),
        };
        let cache: Arc<dyn Cache> = match (&config.database.target, redis) {
            _ if config.cache.max_bytes == 0 => Arc::new(NoCache),
            // nobody else can change what is in this file
            (DatabaseTarget::Sqlite(_), _) => Arc::new(InProcessCache::new(config.cache.max_bytes)),
            // a page read from a copy that is behind would be served to those who know better
            (DatabaseTarget::Postgres(_), _) if !config.database.replicas.is_empty() => Arc::new(NoCache),
            (DatabaseTarget::Postgres(_), Some(redis)) => {
                let pages = config.cache.max_bytes;
                let cache: Arc<dyn Cache> = Arc::new(RedisCache::open(redis, Arc::clone(ids), pages).await);
                match &seal.keyed {
                    Some(keyed) => Arc::new(SealedCache::new(cache, Arc::clone(keyed))),
                    None => cache,
                }
            }
            (DatabaseTarget::Postgres(_), None) => Arc::new(NoCache),
        };
        Ok(Self { bus, cache, leader, limiter })
    }
}

fn redis(config: &Config) -> Result<Option<Arc<Redis>>> {
    let options = config.redis.as_ref().map(|redis| RedisOptions::new(redis.url.reveal(), &redis.prefix));
    Ok(options.map(|options| Redis::new(&options)).transpose()?.map(Arc::new))
}

/// Removes every page that servers share, as when what is in them must not be in the clear any more.
pub(crate) async fn empty_shared_cache(config: &Config) -> Result<()> {
    if let Some(redis) = redis(config)? {
        RedisCache::open(redis, Arc::new(SystemIds), 0).await.invalidate_pattern("*").await?;
    }
    Ok(())
}
