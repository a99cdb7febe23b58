use std::{any::Any, fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::{Error, ErrorKind, Result, ports::Health};

/// Longest key, tag or pattern, in bytes.
pub const MAX_CACHE_KEY: usize = 512;
/// Largest value, in bytes.
pub const MAX_CACHE_VALUE: usize = 4 << 20;
/// Tags of one value at most.
pub const MAX_CACHE_TAGS: usize = 16;
/// Members of one set at most.
pub const MAX_CACHE_MEMBERS: usize = 10_000;
/// Largest member of a set, in bytes.
pub const MAX_CACHE_MEMBER: usize = 1_024;
/// Longest time that anything is kept; a month.
pub const MAX_CACHE_TTL: Duration = Duration::from_hours(30 * 24);
/// How long [`dyn Cache::get_or_set`](trait.Cache.html) waits for another that makes the same value.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps for a while what is costly to make.
///
/// Contract:
/// - **Anything may vanish at any time**, when room is needed or a server is away; what is there is what was written last.
///   A missing key is `None`, an empty set, a counter at 0; removing it again is no error.
/// - A key holds a value, a set or a counter. An operation for another kind is a `Conflict`; `delete`, `ttl` and the
///   invalidations serve all kinds, and `set` replaces any.
/// - Each operation on one key is atomic. Once a change was answered, everything that this node asks afterwards sees it, and
///   what other nodes ask as soon as the change reached them: with a shared server at once, except for what it says it
///   keeps nearby.
/// - **What was loaded before an invalidation is never served after it**, however slow the loader: a value made for a
///   [`Lease`] is kept only while nothing was written to its key and none of its key and tags was invalidated since the
///   lease was given. Invalidate after the commit of what changed.
/// - Keys, tags, patterns: 1 to [`MAX_CACHE_KEY`] bytes; other bounds are the constants beside it. What is beyond them is
///   refused as `Invalid` or `TooLarge`, and nothing is written.
#[async_trait]
pub trait Cache: Send + Sync + fmt::Debug {
    /// Really asks the cache.
    async fn check(&self) -> Health;

    /// The value under `key`.
    async fn get(&self, key: &str) -> Result<Option<Bytes>>;

    /// Puts a value, whatever was there. For what the caller knows to be true now; what was read from elsewhere goes
    /// through [`Cache::lease`].
    async fn set(&self, key: &str, value: Bytes, keep: &Keep<'_>) -> Result<()>;

    /// Removes a key and makes leases for it void. Answers whether something was there; what a tag took may count.
    async fn delete(&self, key: &str) -> Result<bool>;

    /// Removes every key that matches: `*` is any text, `?` one byte, `\` takes the next byte as it is; all else stands for
    /// itself. Answers how many were removed, as [`Cache::delete`] counts. It looks at every key, so it is for people and for rare occasions.
    async fn invalidate_pattern(&self, pattern: &str) -> Result<u64>;

    /// Makes every value with this tag vanish, in constant time.
    async fn invalidate_tag(&self, tag: &str) -> Result<()>;

    /// The value under `key`, or leave to make it. One caller at a time gets leave; the others wait for its value, each
    /// `patience` at most, and then get leave of their own, which makes the earlier one void. A lease that is dropped makes
    /// room for the next at once.
    async fn lease(&self, key: &str, keep: &Keep<'_>, patience: Duration) -> Result<Lookup>;

    /// Puts the value that a lease was given for. Answers whether it was kept: not when the lease is void or the value too
    /// large.
    async fn fill(&self, lease: Lease, value: Bytes, ttl: Duration) -> Result<bool>;

    /// Adds members to a set; `ttl` counts from when the set was made. Answers how many were new.
    async fn sadd(&self, key: &str, members: &[&[u8]], ttl: Option<Duration>) -> Result<u64>;

    /// The members of a set, in the order of their bytes.
    async fn smembers(&self, key: &str) -> Result<Vec<Bytes>>;

    /// Adds to a counter, which begins at 0; `ttl` counts from when it was made. Answers its new value. One that would leave
    /// the range of an `i64` stays as it was, and that is `Invalid`.
    async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>) -> Result<i64>;

    /// How long a key stays, if it is there.
    async fn ttl(&self, key: &str) -> Result<Option<Lifetime>>;
}

impl dyn Cache + '_ {
    /// The value under `key`, made by `load` when it is not there. Of those who ask at the same time one loads; the others
    /// get what it made. An error of `load` is the caller's own: the next one loads again.
    pub async fn get_or_set<F>(&self, key: &str, keep: &Keep<'_>, load: F) -> Result<Bytes>
    where
        F: Future<Output = Result<Bytes>> + Send,
    {
        match self.lease(key, keep, PATIENCE).await? {
            Lookup::Found(value) => Ok(value),
            Lookup::Load(lease) => {
                let value = load.await?;
                self.fill(lease, value.clone(), keep.ttl).await?;
                Ok(value)
            }
        }
    }
}

/// How a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep<'a> {
    /// How long, at least a millisecond and at most [`MAX_CACHE_TTL`].
    pub ttl: Duration,
    /// By what it can be made to vanish, at most [`MAX_CACHE_TAGS`].
    pub tags: &'a [&'a str],
}

impl Keep<'static> {
    /// Without tags.
    pub const fn during(ttl: Duration) -> Self {
        Self { ttl, tags: &[] }
    }
}

/// How long something stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until room is needed.
    Unlimited,
    /// So much longer at most.
    Left(Duration),
}

/// What a caller finds who would make the value itself.
#[derive(Debug)]
pub enum Lookup {
    /// The value.
    Found(Bytes),
    /// There is none; make it.
    Load(Lease),
}

/// Leave to make the value of a key.
pub struct Lease {
    /// Of which key.
    pub key: String,
    /// Tells this lease from every other.
    pub mark: Uuid,
    /// Each tag with its mark of the time when the lease was given.
    pub tags: Vec<(String, Uuid)>,
    /// What makes room for the next when the lease ends; the provider's own.
    pub hold: Option<Box<dyn Any + Send + Sync>>,
}

impl Lease {
    /// One for which nothing is kept.
    pub fn void(key: &str) -> Self {
        Self { key: key.to_owned(), mark: Uuid::nil(), tags: Vec::new(), hold: None }
    }

    /// Whether anything could be kept for it.
    pub fn is_void(&self) -> bool {
        self.mark.is_nil()
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("key", &self.key).field("mark", &self.mark).finish_non_exhaustive()
    }
}

/// Refuses a key, tag or pattern beyond the bounds; `field` is what it is called.
pub fn bounded_key(field: &'static str, key: &str) -> Result<()> {
    if key.is_empty() || key.len() > MAX_CACHE_KEY {
        return Err(Error::invalid(field, format!("{field} must have 1 to {MAX_CACHE_KEY} bytes")));
    }
    Ok(())
}

/// Refuses a time beyond the bounds.
pub fn bounded_ttl(ttl: Duration) -> Result<()> {
    if ttl < Duration::from_millis(1) || ttl > MAX_CACHE_TTL {
        return Err(Error::invalid("ttl", "ttl must be from a millisecond to 30 days"));
    }
    Ok(())
}

/// Refuses a value and how it is kept when they are beyond the bounds.
pub fn bounded_value(value: &[u8]) -> Result<()> {
    if value.len() > MAX_CACHE_VALUE {
        return Err(ErrorKind::TooLarge.error(format!("a cached value may have {MAX_CACHE_VALUE} bytes")));
    }
    Ok(())
}

/// Refuses what says how a value is kept when it is beyond the bounds.
pub fn bounded_keep(keep: &Keep<'_>) -> Result<()> {
    bounded_ttl(keep.ttl)?;
    if keep.tags.len() > MAX_CACHE_TAGS {
        return Err(Error::invalid("tags", format!("a cached value may have {MAX_CACHE_TAGS} tags")));
    }
    keep.tags.iter().try_for_each(|tag| bounded_key("tag", tag))
}

/// Refuses members beyond the bounds.
pub fn bounded_members(members: &[&[u8]]) -> Result<()> {
    if members.len() > MAX_CACHE_MEMBERS || members.iter().any(|member| member.len() > MAX_CACHE_MEMBER) {
        return Err(full_set());
    }
    Ok(())
}

/// A set would become larger than it may.
pub fn full_set() -> Error {
    ErrorKind::TooLarge.error(format!("a cached set may have {MAX_CACHE_MEMBERS} members of {MAX_CACHE_MEMBER} bytes"))
}

/// A key holds something of another kind.
pub fn other_kind() -> Error {
    ErrorKind::Conflict.error("the key holds something of another kind; delete it first").with_code("other_kind")
}

/// A counter would leave its range.
pub fn beyond_counting() -> Error {
    Error::invalid("by", "the counter would leave the range of a 64-bit integer")
}
