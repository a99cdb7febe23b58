//! Cache, bus and rate limits on Redis 7: one server, a cluster, or a master that Sentinel chooses.
//!
//! [`Redis`] is the way to the server and knows which of the three it is; what stands on it does not. Every operation
//! concerns one key, so a cluster needs no more than to find its slot, and what callers put between braces in a key chooses it.
//!
//! Redis is never needed: when it does not answer, the cache is as if empty, limits count in the process, and the bus reaches
//! this node alone. [`RedisCache`] tells how nothing stale is served afterwards.

mod address;
mod bus;
mod cache;
mod failure;
mod limiter;
mod link;
mod nodes;
mod options;
mod outage;
mod script;

#[cfg(fuzzing)]
pub use self::{address::fuzz as fuzz_address, bus::fuzz as fuzz_bus, cache::fuzz as fuzz_cache};
pub use bus::RedisBus;
pub use cache::RedisCache;
pub use limiter::RedisLimiter;
pub use link::Redis;
pub use options::RedisOptions;
