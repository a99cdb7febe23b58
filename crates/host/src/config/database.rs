//! Where rows, indexes and what several servers share are kept.

use std::time::Duration;

use jarvis_core::Result;

use super::{
    resolve::Judge,
    sections::{RawCache, RawDatabase, RawRedis, RawSearch},
};
use crate::{DataDir, DatabaseTarget, secret::Address};

/// Where rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Which database.
    pub target: DatabaseTarget,
    /// Copies that follow a PostgreSQL database and answer reads.
    pub replicas: Vec<Address>,
    /// Reads at the same time, at most; connections of a server, at most.
    pub max_connections: usize,
    /// Longest a read waits for its turn.
    pub acquire_timeout: Duration,
    /// Longest a statement runs on a server.
    pub statement_timeout: Duration,
    /// Longest a statement waits on a server for what another holds.
    pub lock_timeout: Duration,
    /// How long an unused connection to a server is kept.
    pub idle_timeout: Duration,
    /// Whether opening applies pending migrations; otherwise it refuses and names the command.
    pub auto_migrate: bool,
}

/// A Redis server, cluster or group of Sentinels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisConfig {
    /// Where it is.
    pub url: Address,
    /// What its keys and channels begin with.
    pub prefix: String,
}

/// What the cache in the process may hold unless the configuration says otherwise.
pub const DEFAULT_CACHE_BYTES: u64 = 64 << 20;

/// What is kept for a while instead of being read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Bytes that it may hold in the process; 0 keeps nothing, in Redis neither.
    pub max_bytes: u64,
}

/// Where the indexes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchConfig {
    /// Keeps the local ones in memory and rebuilds them at every start, instead of in files.
    pub in_memory: bool,
    /// The words.
    pub text_index: IndexPlace,
    /// The vectors.
    pub vector_index: IndexPlace,
}

/// Where an index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexPlace {
    /// On each server, in its data directory.
    Local,
    /// One for all servers, in their PostgreSQL database.
    Database,
}

pub(super) fn database(
    judge: &Judge<'_>,
    raw: RawDatabase,
    auto_migrate: bool,
    data_dir: &DataDir,
) -> Result<DatabaseConfig> {
    let target = DatabaseTarget::choose(&raw.url, data_dir)
        .map_err(|why| judge.refuse("database.url", format!("cannot be used: {why}")))?;
    if !raw.replicas.is_empty() && !matches!(target, DatabaseTarget::Postgres(_)) {
        return Err(
            judge.refuse("database.replicas", "follow a PostgreSQL database; set database.url to it, or write []")
        );
    }
    let is_server = |url: &&String| url.starts_with("postgresql://") || url.starts_with("postgres://");
    if !raw.replicas.iter().all(|url| is_server(&url)) {
        return Err(judge.refuse("database.replicas", "holds what is no postgresql://USER@HOST/DATABASE"));
    }
    Ok(DatabaseConfig {
        target,
        replicas: raw.replicas.into_iter().map(Address::new).collect(),
        max_connections: judge.within("database.max_connections", raw.max_connections.into(), 1, 1_000)? as usize,
        acquire_timeout: judge.seconds("database.acquire_timeout_secs", raw.acquire_timeout_secs)?,
        statement_timeout: judge.seconds("database.statement_timeout_secs", raw.statement_timeout_secs)?,
        lock_timeout: judge.seconds("database.lock_timeout_secs", raw.lock_timeout_secs)?,
        idle_timeout: judge.seconds("database.idle_timeout_secs", raw.idle_timeout_secs)?,
        auto_migrate,
    })
}

pub(super) fn redis(judge: &Judge<'_>, raw: RawRedis) -> Result<Option<RedisConfig>> {
    let RawRedis { url, prefix } = raw;
    if url.is_empty() {
        return Ok(None);
    }
    let kind = url.strip_prefix("rediss").or_else(|| url.strip_prefix("redis")).unwrap_or_default();
    if !["://", "+cluster://", "+sentinel://"].iter().any(|rest| kind.starts_with(rest)) {
        let why = "is no address of a Redis; write redis://HOST:PORT, rediss://… for TLS, redis+cluster://HOST,HOST or \
                   redis+sentinel://HOST,HOST/MASTER";
        return Err(judge.refuse("redis.url", why));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if prefix.is_empty() || prefix.len() > 64 || !prefix.chars().all(is_plain) {
        return Err(judge.refuse("redis.prefix", "must be 1 to 64 of letters, digits, `-`, `_` and `.`"));
    }
    Ok(Some(RedisConfig { url: Address::new(url), prefix }))
}

pub(super) fn cache(judge: &Judge<'_>, raw: &RawCache) -> Result<CacheConfig> {
    Ok(CacheConfig { max_bytes: judge.within("cache.max_mib", raw.max_mib.into(), 0, 1 << 20)? << 20 })
}

pub(super) fn search(judge: &Judge<'_>, raw: &RawSearch, database: &DatabaseConfig) -> Result<SearchConfig> {
    let place = |key: &'static str, word: &str| match (word, &database.target) {
        ("local", _) => Ok(IndexPlace::Local),
        ("database", DatabaseTarget::Postgres(_)) => Ok(IndexPlace::Database),
        ("database", DatabaseTarget::Sqlite(_)) => {
            Err(judge.refuse(key, "is database, which must be PostgreSQL then; write local, or set database.url"))
        }
        (other, _) => Err(judge.refuse(key, format!("is `{other}`; write local or database"))),
    };
    Ok(SearchConfig {
        in_memory: raw.in_memory,
        text_index: place("search.text_index", &raw.text_index)?,
        vector_index: place("search.vector_index", &raw.vector_index)?,
    })
}
