//! Making a value once, and never keeping a stale one.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt, future::try_join_all, join};

use super::{LONG, TICK, broken, ensure};
use crate::{
    ErrorKind, Result,
    ports::{Cache, Keep, Lease, Lookup},
};

const KEEP: Keep<'static> = Keep { ttl: LONG, tags: &["leased"] };
const VALUE: Bytes = Bytes::from_static(b"value");

pub(super) async fn suite<P, W>(cache: &dyn Cache, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    of_many_one_makes_the_value(cache, pause).await?;
    an_error_is_the_callers_own(cache).await?;
    one_who_goes_away_makes_room(cache, pause).await?;
    patience_ends(cache).await?;
    what_was_loaded_before_is_not_kept_after(cache).await?;
    a_lease_serves_once(cache).await
}

async fn lease(cache: &dyn Cache, key: &str) -> Result<Lease> {
    match cache.lease(key, &KEEP, LONG).await? {
        Lookup::Load(lease) => Ok(lease),
        Lookup::Found(_) => Err(broken("a missing value is to be loaded")),
    }
}

async fn of_many_one_makes_the_value<P, W>(cache: &dyn Cache, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    let made = AtomicU32::new(0);
    let ask = |_| {
        cache.get_or_set("flight", &KEEP, async {
            pause(TICK).await;
            Ok(Bytes::from(made.fetch_add(1, Ordering::SeqCst).to_string()))
        })
    };
    let answers = try_join_all((0..40).map(ask)).await?;
    ensure(answers.iter().all(|answer| answer == "0"), "those who ask at the same time get one value")?;
    ensure(made.load(Ordering::SeqCst) == 1, "of many one makes the value")?;
    ensure(cache.get("flight").await? == Some(Bytes::from_static(b"0")), "what was made is kept")
}

async fn an_error_is_the_callers_own(cache: &dyn Cache) -> Result<()> {
    let failing = async { Err(ErrorKind::Upstream.error("no luck")) };
    let outcome = cache.get_or_set("fails", &KEEP, failing).await;
    ensure(outcome.is_err_and(|error| error.kind() == ErrorKind::Upstream), "an error goes to who loaded")?;
    let answer = cache.get_or_set("fails", &KEEP, async { Ok(VALUE) }).await?;
    ensure(answer == VALUE, "the next one loads again")?;
    let large = Bytes::from(vec![0; crate::ports::cache::MAX_CACHE_VALUE + 1]);
    let answer = cache.get_or_set("large one", &KEEP, async { Ok(large.clone()) }).await?;
    ensure(answer == large, "what is too large to be kept is answered all the same")?;
    ensure(cache.get("large one").await?.is_none(), "what is too large is not kept")
}

async fn one_who_goes_away_makes_room<P, W>(cache: &dyn Cache, pause: &P) -> Result<()>
where
    P: Fn(Duration) -> W + Sync,
    W: Future<Output = ()> + Send,
{
    let leaver = lease(cache, "leaves").await?;
    let leave = async {
        pause(TICK).await;
        drop(leaver);
    };
    let (next, ()) = join!(cache.lease("leaves", &KEEP, LONG), leave);
    let Lookup::Load(next) = next? else { return Err(broken("who went away made nothing")) };
    ensure(cache.fill(next, VALUE, LONG).await?, "the next one's value is kept")
}

async fn patience_ends(cache: &dyn Cache) -> Result<()> {
    let slow = lease(cache, "slow").await?;
    let Lookup::Load(impatient) = cache.lease("slow", &KEEP, TICK).await? else {
        return Err(broken("a value that is being made is not there"));
    };
    ensure(!cache.fill(slow, Bytes::from_static(b"late"), LONG).await?, "who was given up may not write")?;
    ensure(cache.fill(impatient, VALUE, LONG).await?, "who takes over may")?;
    ensure(cache.get("slow").await? == Some(VALUE), "the value is that of who took over")
}

/// Leases for which nothing may be kept once what is done to them was done.
async fn what_was_loaded_before_is_not_kept_after(cache: &dyn Cache) -> Result<()> {
    let other = Bytes::from_static(b"written");
    for (number, key) in ["l:delete", "l:pattern", "l:tag", "l:set"].into_iter().enumerate() {
        let lease = lease(cache, key).await?;
        match number {
            0 => drop(cache.delete(key).await?),
            1 => drop(cache.invalidate_pattern("l:*").await?),
            2 => cache.invalidate_tag("leased").await?,
            _ => cache.set(key, other.clone(), &KEEP).await?,
        }
        cache.fill(lease, Bytes::from_static(b"stale"), LONG).await?;
        let kept = cache.get(key).await?;
        ensure(kept == (number == 3).then(|| other.clone()), "what was loaded before is not kept after")?;
    }
    let fresh = lease(cache, "l:delete").await?;
    ensure(cache.fill(fresh, VALUE, LONG).await?, "what is loaded after is kept")?;
    ensure(cache.get("l:delete").await? == Some(VALUE), "what is loaded after is served")?;
    cache.invalidate_tag("leased").await?;
    ensure(cache.get("l:delete").await?.is_none(), "a value that was filled has the tags of its lease")
}

async fn a_lease_serves_once(cache: &dyn Cache) -> Result<()> {
    ensure(!cache.fill(Lease::void("void"), VALUE, LONG).await?, "for a void lease nothing is kept")?;
    ensure(cache.get("void").await?.is_none(), "for a void lease nothing is kept")?;
    let held = lease(cache, "held").await?;
    ensure(cache.get("held").await?.is_none(), "a value that is being made is not there")?;
    ensure(cache.ttl("held").await?.is_none(), "a value that is being made has no time")?;
    ensure(cache.lease("held", &KEEP, LONG).now_or_never().is_none(), "others wait for who makes it")?;
    ensure(cache.fill(held, VALUE, LONG).await?, "the lease was not harmed by those who waited")
}
