//! The cache on Redis, which is never in anybody's way.
//!
//! **Nothing stale, whatever Redis lived through.** What is cached belongs to the run of the masters it was written under, which
//! stands beside it. When we connect, after every failure, and once a second, that is compared with who the masters are
//! now; when it differs (a restart from an older dump, a replica that took over before it had heard everything), all of
//! it is removed before any of it is served. And what this process could not tell Redis (a value that changed, an
//! invalidation) it remembers and tells first when Redis answers again.
//!
//! While Redis is not to be used, nothing is found and nothing is kept; callers see no error. A process that ends while
//! Redis is away takes what it still had to tell with it: until its time is over, another may serve what that was about.
//!
//! Values that this process has read stay here, and Redis is asked whether they still serve (`near`), unless no other
//! process is there (`alone`).
//!
//! A cluster's driver repeats a command whose answer it did not get, so a counter may count twice when a node dies.

mod alone;
mod entry;
mod near;
mod remote;
mod standing;
mod sweep;

#[cfg(fuzzing)]
pub use entry::fuzz;

use std::{
    future::Future,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::try_join;
use jarvis_core::{
    Result,
    ports::{
        Cache, Health, Ids, Keep, Lease, Lifetime, Lookup,
        cache::{MAX_CACHE_VALUE, bounded_keep, bounded_key, bounded_members, bounded_ttl, bounded_value},
    },
};
use redis::cmd;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

use super::{Redis, failure};
use crate::cache::flights::{Flight, Flights};
use entry::Marked;
use near::{Kept, Near};
use remote::{Found, Remote};
use standing::{Debt, Standing};

/// How often it is looked whether the masters are who they were.
const EVERY: Duration = Duration::from_secs(1);
/// First and longest pause between attempts to use Redis again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// First and longest pause before it is looked again whether another has made a value.
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// A cache that all nodes share.
#[derive(Debug)]
pub struct RedisCache {
    inner: Arc<Inner>,
    keeper: JoinHandle<()>,
}

#[derive(Debug)]
struct Inner {
    remote: Arc<Remote>,
    near: Near,
    standing: Arc<Standing>,
    flights: Arc<Flights>,
}

impl RedisCache {
    /// Opens it, whether Redis answers or not. Some `max_bytes` of what was read from Redis stay in this process, too.
    pub async fn open(redis: Arc<Redis>, ids: Arc<dyn Ids>, max_bytes: u64) -> Self {
        let remote = Arc::new(Remote::new(redis, ids));
        let near = Near::new(Arc::clone(&remote), max_bytes);
        let inner = Arc::new(Inner { remote, near, standing: Arc::default(), flights: Arc::default() });
        if let Err(error) = inner.recover().await {
            tracing::debug!(?error, "the cache goes without Redis until it answers");
            inner.standing.blame(error);
        }
        let keeper = tokio::spawn(keep(Arc::downgrade(&inner), Arc::clone(&inner.standing)));
        Self { inner, keeper }
    }
}

impl Drop for RedisCache {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Looks after Redis for as long as the cache is there.
async fn keep(inner: Weak<Inner>, standing: Arc<Standing>) {
    let mut pause = EVERY;
    loop {
        let _ = timeout(pause, standing.fallen.notified()).await;
        let Some(inner) = inner.upgrade() else { return };
        if standing.round().is_some() && !inner.is_as_it_was().await {
            standing.fall(None);
        }
        if standing.round().is_some() {
            pause = EVERY;
            continue;
        }
        pause = match inner.recover().await {
            Ok(()) => {
                tracing::debug!("the cache uses Redis again");
                EVERY
            }
            Err(error) => {
                tracing::debug!(?error, "the cache cannot use Redis");
                standing.blame(error);
                if pause == EVERY { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) }
            }
        };
    }
}

impl Inner {
    /// Says that we are here. Whether the masters are those under which the cache was written.
    async fn is_as_it_was(&self) -> bool {
        let asked = async {
            self.remote.alone.claim().await?;
            Ok::<_, jarvis_core::Error>(self.remote.written_under().await? == Some(self.remote.runs().await?))
        };
        asked.await.unwrap_or(false)
    }

    /// Removes what may be stale, then lets Redis be used.
    async fn recover(&self) -> Result<()> {
        loop {
            let runs = self.remote.runs().await?;
            self.remote.alone.claim().await?;
            let debts = self.standing.begin_to_rise();
            let told = self.tell_first(&debts, &runs).await;
            if let Err(error) = told {
                self.standing.put_back(debts);
                return Err(error);
            }
            if self.standing.rise() {
                return Ok(());
            }
        }
    }

    async fn tell_first(&self, debts: &standing::Debts, runs: &str) -> Result<()> {
        if debts.everything || self.remote.written_under().await?.as_deref() != Some(runs) {
            let removed = self.remote.sweep("*").await?;
            self.remote.write_under(runs).await?;
            tracing::info!(removed, "what was cached under other masters was removed");
        }
        for debt in &debts.each {
            match debt {
                Debt::Key(key) => drop(self.remote.delete(key).await?),
                Debt::Tag(tag) => self.remote.invalidate_tag(tag).await?,
                Debt::Pattern(pattern) => drop(self.remote.sweep(pattern).await?),
            }
        }
        // all of that was told to those it is about
        if self.remote.runs().await? == runs { Ok(()) } else { Err(failure::slow()) }
    }

    /// What Redis answers; nothing when it is not to be used, or no longer is by the time it answered.
    async fn read<T>(&self, asked: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        let Some(round) = self.standing.round() else { return Ok(None) };
        match asked.await {
            Ok(answer) => Ok((self.standing.round() == Some(round)).then_some(answer)),
            Err(error) if failure::is_outage(&error) => {
                self.standing.fall(Some(error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The same for a change: when it cannot be made, what is there now must go.
    async fn write<T>(&self, debt: impl FnOnce() -> Debt, asked: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        let Some(round) = self.standing.round_of_changes() else {
            self.standing.owe(debt(), None);
            return Ok(None);
        };
        match asked.await {
            Ok(answer) if self.standing.round_of_changes() == Some(round) => Ok(Some(answer)),
            // it may have been told to a server that is the master no longer
            Ok(answer) => {
                self.standing.owe(debt(), None);
                Ok(Some(answer))
            }
            Err(error) if failure::is_outage(&error) => {
                self.standing.owe(debt(), Some(error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The value under a key; nothing when Redis is not to be used.
    async fn look(&self, key: &str, tags: &[&str]) -> Result<Option<Found>> {
        let Some(round) = self.standing.round() else { return Ok(None) };
        if let Some(kept) = self.near.of(key, round) {
            match self.read(self.near.serves(&kept)).await? {
                Some(true) => return Ok(Some(Found::Value(kept.value))),
                Some(false) => self.near.forget(key),
                None => return Ok(None),
            }
        }
        let Some(found) = self.read(self.remote.look_with(key, tags)).await? else { return Ok(None) };
        if let Found::Whole { value, tags, turn } = &found {
            let asked = Instant::now();
            if let Some(Some(Lifetime::Left(left))) = self.read(self.remote.stays(key)).await? {
                let (value, tags, turn, until) = (value.clone(), tags.as_slice().into(), turn.clone(), asked + left);
                self.near.keep(key, Kept { value, tags, turn, round, until, served: Arc::default() });
            }
        }
        Ok(Some(found))
    }

    /// Leave to make a value with the marks of its tags, or the value that somebody else made meanwhile.
    ///
    /// The marks are asked for with the lease. Both are older than the value, which is what counts: what is invalidated from
    /// then on is seen by the one or the others.
    async fn lease(&self, key: &str, mark: Uuid, tags: &[&str], until: Instant) -> Result<(Found, Vec<Marked>)> {
        let mut pause = FIRST_LOOK;
        loop {
            let (found, marks) = try_join(self.remote.put_lease(key, mark), self.remote.marks(tags)).await?;
            let in_the_way = match found {
                Found::Lease(lease) if Instant::now() < until => {
                    sleep(pause.min(until.duration_since(Instant::now()))).await;
                    pause = (pause * 2).min(LONGEST_LOOK);
                    if Instant::now() < until {
                        continue;
                    }
                    lease
                }
                Found::Lease(other) | Found::Gone(other) => other,
                found => return Ok((found, marks)),
            };
            if self.remote.take(key, &in_the_way, mark).await? {
                return Ok((Found::Nothing, marks));
            }
        }
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn check(&self) -> Health {
        let asked = Instant::now();
        let answer = self.inner.remote.redis.ask::<String>(cmd("PING").arg("here")).await;
        let error = answer.err().or_else(|| self.inner.standing.trouble());
        match error {
            None => Health::healthy(asked.elapsed()),
            Some(error) => Health::degraded(asked.elapsed(), format!("nothing is cached: {error}")),
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        bounded_key("key", key)?;
        match self.inner.read(self.inner.remote.look(key)).await? {
            Some(Found::Value(value)) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    async fn set(&self, key: &str, value: Bytes, keep: &Keep<'_>) -> Result<()> {
        bounded_key("key", key)?;
        bounded_value(&value)?;
        bounded_keep(keep)?;
        self.inner.write(|| Debt::Key(key.to_owned()), self.inner.remote.set(key, &value, keep)).await.map(drop)
    }

    async fn delete(&self, key: &str) -> Result<bool> {
        bounded_key("key", key)?;
        let deleted = self.inner.write(|| Debt::Key(key.to_owned()), self.inner.remote.delete(key)).await?;
        Ok(deleted.unwrap_or(false))
    }

    async fn invalidate_pattern(&self, pattern: &str) -> Result<u64> {
        bounded_key("pattern", pattern)?;
        self.inner.near.forget_all();
        let removed = self.inner.write(|| Debt::Pattern(pattern.to_owned()), self.inner.remote.sweep(pattern)).await?;
        Ok(removed.unwrap_or(0))
    }

    async fn invalidate_tag(&self, tag: &str) -> Result<()> {
        bounded_key("tag", tag)?;
        self.inner.write(|| Debt::Tag(tag.to_owned()), self.inner.remote.invalidate_tag(tag)).await.map(drop)
    }

    async fn lease(&self, key: &str, keep: &Keep<'_>, patience: Duration) -> Result<Lookup> {
        bounded_key("key", key)?;
        bounded_keep(keep)?;
        let inner = &self.inner;
        let until = Instant::now() + patience;
        match inner.look(key, keep.tags).await? {
            Some(Found::Value(value) | Found::Whole { value, .. }) => return Ok(Lookup::Found(value)),
            Some(_) => {}
            // everybody makes it: waiting for each other would not help, for nothing is kept
            None => return Ok(Lookup::Load(Lease::void(key))),
        }
        let flight = inner.flights.board(key, patience).await;
        let given = inner
            .read(async {
                let mark = inner.remote.ids.next();
                // before it is asked for: one that is given to who no longer waits is given back
                let mut hold = Hold { inner: Arc::downgrade(inner), key: key.to_owned(), mark, flight };
                let (found, tags) = inner.lease(key, mark, keep.tags, until).await?;
                if let Found::Value(value) = found {
                    hold.is_over();
                    return Ok(Lookup::Found(value));
                }
                Ok(Lookup::Load(Lease { key: key.to_owned(), mark, tags, hold: Some(Box::new(hold)) }))
            })
            .await?;
        Ok(given.unwrap_or_else(|| Lookup::Load(Lease::void(key))))
    }

    async fn fill(&self, lease: Lease, value: Bytes, ttl: Duration) -> Result<bool> {
        bounded_ttl(ttl)?;
        if lease.is_void() || value.len() > MAX_CACHE_VALUE {
            return Ok(false);
        }
        let Lease { key, mark, tags, hold } = lease;
        let text = entry::value(&tags, &value);
        let kept = self.inner.read(self.inner.remote.fill(&key, mark, &text, ttl)).await;
        if matches!(kept, Ok(Some(true)))
            && let Some(Ok(mut hold)) = hold.map(<Box<dyn std::any::Any + Send + Sync>>::downcast::<Hold>)
        {
            hold.is_over();
        }
        Ok(kept?.unwrap_or(false))
    }

    async fn sadd(&self, key: &str, members: &[&[u8]], ttl: Option<Duration>) -> Result<u64> {
        bounded_key("key", key)?;
        bounded_members(members)?;
        ttl.map_or(Ok(()), bounded_ttl)?;
        if members.is_empty() {
            return Ok(0);
        }
        let added = self.inner.write(|| Debt::Key(key.to_owned()), self.inner.remote.sadd(key, members, ttl)).await?;
        Ok(added.unwrap_or(0))
    }

    async fn smembers(&self, key: &str) -> Result<Vec<Bytes>> {
        bounded_key("key", key)?;
        Ok(self.inner.read(self.inner.remote.smembers(key)).await?.unwrap_or_default())
    }

    async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>) -> Result<i64> {
        bounded_key("key", key)?;
        ttl.map_or(Ok(()), bounded_ttl)?;
        let counted = self.inner.write(|| Debt::Key(key.to_owned()), self.inner.remote.increment(key, by, ttl)).await?;
        Ok(counted.unwrap_or(by))
    }

    async fn ttl(&self, key: &str) -> Result<Option<Lifetime>> {
        bounded_key("key", key)?;
        Ok(self.inner.read(self.inner.remote.ttl(key)).await?.flatten())
    }
}

/// Ends a lease on the server when its holder goes away without a value.
#[derive(Debug)]
struct Hold {
    inner: Weak<Inner>,
    key: String,
    mark: Uuid,
    flight: Option<Flight>,
}

impl Hold {
    /// There is nothing left to release.
    fn is_over(&mut self) {
        self.inner = Weak::new();
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let (Some(inner), Ok(runtime)) = (self.inner.upgrade(), tokio::runtime::Handle::try_current()) else { return };
        let (key, mark, flight) = (std::mem::take(&mut self.key), self.mark, self.flight.take());
        // who waits here has its turn when the server knows; one that is not told forgets it by itself
        runtime.spawn(async move {
            let _ = inner.read(inner.remote.release(&key, mark)).await;
            drop(flight);
        });
    }
}
