//! What every [`Cache`] must do.

mod invalidated;
mod leased;
mod others;

use std::time::Duration;

use bytes::Bytes;

use crate::{
    Error, ErrorKind, Result,
    ports::{Cache, HealthStatus, Keep, Lifetime, cache},
};

/// Longer than any suite runs.
const LONG: Duration = Duration::from_mins(10);
/// How often something that comes with time is looked for.
const PATIENCE: u32 = 400;
const TICK: Duration = Duration::from_millis(5);

/// Runs every check against an empty cache that works; the error names the first one that failed. `pause` waits a little:
/// core names no timer.
pub async fn cache_suite<P, W>(cache: &dyn Cache, pause: P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    ensure(cache.check().await.status == HealthStatus::Healthy, "a working cache is healthy")?;
    what_is_missing_is_no_error(cache).await?;
    a_value_is_what_was_written_last(cache).await?;
    a_value_goes_when_its_time_is_over(cache, &pause).await?;
    what_is_beyond_the_bounds_is_refused(cache).await?;
    others::suite(cache, &pause).await?;
    invalidated::suite(cache).await?;
    leased::suite(cache, &pause).await
}

async fn what_is_missing_is_no_error(cache: &dyn Cache) -> Result<()> {
    ensure(cache.get("nothing").await?.is_none(), "a missing key has no value")?;
    ensure(cache.ttl("nothing").await?.is_none(), "a missing key has no time")?;
    ensure(!cache.delete("nothing").await?, "deleting a missing key is no error")?;
    ensure(cache.smembers("nothing").await?.is_empty(), "a missing set is empty")?;
    ensure(cache.invalidate_pattern("nothing*").await? == 0, "a pattern may match nothing")?;
    cache.invalidate_tag("nothing").await
}

async fn a_value_is_what_was_written_last(cache: &dyn Cache) -> Result<()> {
    let every_byte: Bytes = (0..=u8::MAX).collect();
    for (key, value) in [
        ("plain", Bytes::from_static(b"one")),
        ("plain", Bytes::from_static(b"two")),
        ("empty", Bytes::new()),
        ("été {braces} and spaces\n", every_byte),
        ("large", vec![7; cache::MAX_CACHE_VALUE].into()),
        ("digits", Bytes::from_static(b"12345")),
    ] {
        cache.set(key, value.clone(), &Keep::during(LONG)).await?;
        ensure(cache.get(key).await? == Some(value), "a value comes back as it was written")?;
    }
    let left = cache.ttl("plain").await?;
    let expected = matches!(left, Some(Lifetime::Left(left)) if left <= LONG && left > LONG / 2);
    ensure(expected, "a value tells how long it stays")?;
    ensure(cache.delete("plain").await?, "deleting answers that something was there")?;
    ensure(!cache.delete("plain").await?, "deleting twice is no error")?;
    ensure(cache.get("plain").await?.is_none(), "what was deleted is gone")
}

async fn a_value_goes_when_its_time_is_over<P, W>(cache: &dyn Cache, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    cache.set("short", Bytes::from_static(b"x"), &Keep::during(Duration::from_millis(20))).await?;
    for _ in 0..PATIENCE {
        if cache.get("short").await?.is_none() {
            return ensure(cache.ttl("short").await?.is_none(), "what went has no time");
        }
        pause(TICK).await;
    }
    Err(broken("a value goes when its time is over"))
}

async fn what_is_beyond_the_bounds_is_refused(cache: &dyn Cache) -> Result<()> {
    let long = "k".repeat(cache::MAX_CACHE_KEY + 1);
    let keep = Keep::during(LONG);
    let small = Bytes::from_static(b"x");
    for key in ["", &long] {
        refused(cache.get(key).await, ErrorKind::Invalid)?;
        refused(cache.set(key, small.clone(), &keep).await, ErrorKind::Invalid)?;
        refused(cache.delete(key).await, ErrorKind::Invalid)?;
        refused(cache.invalidate_pattern(key).await, ErrorKind::Invalid)?;
        refused(cache.invalidate_tag(key).await, ErrorKind::Invalid)?;
        refused(cache.lease(key, &keep, TICK).await, ErrorKind::Invalid)?;
        refused(cache.sadd(key, &[b"x"], None).await, ErrorKind::Invalid)?;
        refused(cache.smembers(key).await, ErrorKind::Invalid)?;
        refused(cache.increment(key, 1, None).await, ErrorKind::Invalid)?;
        refused(cache.ttl(key).await, ErrorKind::Invalid)?;
    }
    for ttl in [Duration::ZERO, cache::MAX_CACHE_TTL + TICK] {
        refused(cache.set("bounds", small.clone(), &Keep::during(ttl)).await, ErrorKind::Invalid)?;
        refused(cache.increment("bounds", 1, Some(ttl)).await, ErrorKind::Invalid)?;
        refused(cache.sadd("bounds", &[b"x"], Some(ttl)).await, ErrorKind::Invalid)?;
    }
    let tags = ["tag"; cache::MAX_CACHE_TAGS + 1];
    refused(cache.set("bounds", small.clone(), &Keep { ttl: LONG, tags: &tags }).await, ErrorKind::Invalid)?;
    refused(cache.set("bounds", small, &Keep { ttl: LONG, tags: &[&long] }).await, ErrorKind::Invalid)?;
    let large = vec![0; cache::MAX_CACHE_VALUE + 1];
    refused(cache.set("bounds", large.into(), &keep).await, ErrorKind::TooLarge)?;
    let member = vec![0; cache::MAX_CACHE_MEMBER + 1];
    refused(cache.sadd("bounds", &[&member], None).await, ErrorKind::TooLarge)?;
    ensure(cache.ttl("bounds").await?.is_none(), "what was refused wrote nothing")?;
    let exact = "k".repeat(cache::MAX_CACHE_KEY);
    cache.set(&exact, Bytes::from_static(b"x"), &keep).await?;
    ensure(cache.get(&exact).await?.is_some(), "the longest key is a key")
}

fn refused<T>(outcome: Result<T>, kind: ErrorKind) -> Result<()> {
    match outcome {
        Ok(_) => Err(broken(if kind == ErrorKind::Conflict {
            "a key of another kind is refused"
        } else {
            "what is beyond the bounds is refused"
        })),
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(error),
    }
}

fn ensure(holds: bool, rule: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(rule)) }
}

fn broken(rule: &'static str) -> Error {
    Error::internal(format!("the provider breaks the contract: {rule}"))
}
