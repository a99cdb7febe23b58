//! What stands between the nodes over one database: how they tell each other, and which of them leads.

use std::sync::Arc;

use jarvis_core::{
    Result,
    ports::{Bus, Ids, Leader},
};
use jarvis_providers::{
    bus::InProcessBus,
    leader::InProcessLeader,
    redis::{Redis, RedisBus, RedisOptions},
};

use crate::Config;

/// The ports that connect nodes; in the process where there is one node alone.
pub(crate) struct Between {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) leader: Arc<dyn Leader>,
}

impl Between {
    /// Redis need not be there yet; its address must be one. Must be called inside a Tokio runtime.
    pub(crate) fn open(config: &Config, ids: &dyn Ids) -> Result<Self> {
        let bus: Arc<dyn Bus> = match &config.redis {
            Some(redis) => {
                let redis = Redis::new(&RedisOptions::new(redis.url.reveal(), &redis.prefix))?;
                Arc::new(RedisBus::open(Arc::new(redis), ids))
            }
            None => InProcessBus::new(),
        };
        Ok(Self { bus, leader: InProcessLeader::new() })
    }
}
