//! Sets, counters, and what happens when a key is of another kind.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;

use super::{LONG, PATIENCE, TICK, ensure, refused};
use crate::{
    Error, ErrorKind, Result,
    ports::{Cache, Keep, Lifetime, cache},
};

pub(super) async fn suite<P, W>(cache: &dyn Cache, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    a_set_holds_each_member_once(cache).await?;
    a_set_grows_no_further_than_allowed(cache).await?;
    a_counter_counts_everybody(cache).await?;
    a_counter_stays_within_its_range(cache).await?;
    times_count_from_the_beginning(cache, pause).await?;
    a_key_is_of_one_kind(cache).await
}

async fn a_set_holds_each_member_once(cache: &dyn Cache) -> Result<()> {
    ensure(cache.sadd("set", &[b"b", b"a", b"b"], None).await? == 2, "a member is added once")?;
    ensure(cache.sadd("set", &[b"a", b"", b"\xff\x00"], None).await? == 2, "a member that is there is not new")?;
    ensure(cache.sadd("set", &[], None).await? == 0, "adding nothing adds nothing")?;
    let members: [&[u8]; 4] = [b"", b"a", b"b", b"\xff\x00"];
    ensure(cache.smembers("set").await? == members, "members come in the order of their bytes")?;
    ensure(cache.ttl("set").await? == Some(Lifetime::Unlimited), "a set without a time stays")
}

async fn a_set_grows_no_further_than_allowed(cache: &dyn Cache) -> Result<()> {
    let names: Vec<[u8; 4]> = (0..cache::MAX_CACHE_MEMBERS as u32).map(u32::to_be_bytes).collect();
    let members: Vec<&[u8]> = names.iter().map(<[u8; 4]>::as_slice).collect();
    let added = cache.sadd("crowd", &members, Some(LONG)).await?;
    ensure(added == members.len() as u64, "a set takes as many as allowed")?;
    refused(cache.sadd("crowd", &[b"one more"], None).await, ErrorKind::TooLarge)?;
    ensure(cache.sadd("crowd", &[members[0]], None).await? == 0, "a full set still knows its members")?;
    ensure(cache.smembers("crowd").await?.len() == members.len(), "what was refused was not added")
}

async fn a_counter_counts_everybody(cache: &dyn Cache) -> Result<()> {
    ensure(cache.increment("counter", 5, None).await? == 5, "a counter begins at 0")?;
    ensure(cache.increment("counter", -8, None).await? == -3, "a counter goes down")?;
    ensure(cache.increment("counter", 0, None).await? == -3, "adding nothing reads it")?;
    let mut heard = try_join_all((0..50).map(|_| cache.increment("counter", 1, None))).await?;
    heard.sort_unstable();
    ensure(heard == (-2..=47).collect::<Vec<i64>>(), "everybody who counts gets a number of their own")
}

async fn a_counter_stays_within_its_range(cache: &dyn Cache) -> Result<()> {
    ensure(cache.increment("limit", i64::MAX, None).await? == i64::MAX, "a counter reaches the largest number")?;
    refused(cache.increment("limit", 1, None).await, ErrorKind::Invalid)?;
    ensure(cache.increment("limit", 0, None).await? == i64::MAX, "what was refused changed nothing")?;
    ensure(cache.increment("depth", i64::MIN, None).await? == i64::MIN, "a counter reaches the smallest number")?;
    refused(cache.increment("depth", -1, None).await, ErrorKind::Invalid)
}

async fn times_count_from_the_beginning<P, W>(cache: &dyn Cache, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    let short = Some(Duration::from_millis(30));
    cache.increment("window", 1, short).await?;
    cache.sadd("guests", &[b"x"], short).await?;
    for _ in 0..PATIENCE {
        let again = cache.increment("window", 1, short).await?;
        let new = cache.sadd("guests", &[b"x"], short).await?;
        if again == 1 && cache.ttl("guests").await? != Some(Lifetime::Unlimited) {
            return ensure(new <= 1, "a set counts from when it was made");
        }
        pause(TICK).await;
    }
    Err(Error::internal("the provider breaks the contract: a counter's time is counted from when it was made"))
}

async fn a_key_is_of_one_kind(cache: &dyn Cache) -> Result<()> {
    let keep = Keep::during(LONG);
    cache.set("value", Bytes::from_static(b"7"), &keep).await?;
    refused(cache.sadd("value", &[b"x"], None).await, ErrorKind::Conflict)?;
    refused(cache.smembers("value").await, ErrorKind::Conflict)?;
    refused(cache.increment("value", 1, None).await, ErrorKind::Conflict)?;
    for key in ["set", "counter"] {
        refused(cache.get(key).await, ErrorKind::Conflict)?;
        refused(cache.lease(key, &keep, TICK).await, ErrorKind::Conflict)?;
    }
    refused(cache.increment("set", 1, None).await, ErrorKind::Conflict)?;
    refused(cache.smembers("counter").await, ErrorKind::Conflict)?;
    refused(cache.sadd("counter", &[b"x"], None).await, ErrorKind::Conflict)?;
    ensure(cache.get("value").await?.as_deref() == Some(b"7"), "what was refused changed nothing")?;
    cache.set("set", Bytes::from_static(b"now a value"), &keep).await?;
    ensure(cache.get("set").await?.is_some(), "a value replaces anything")?;
    ensure(cache.delete("counter").await?, "a counter can be deleted")?;
    ensure(cache.increment("counter", 1, None).await? == 1, "a deleted counter begins again")
}
