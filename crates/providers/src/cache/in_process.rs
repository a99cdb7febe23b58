use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use jarvis_core::{
    Result,
    policy::glob,
    ports::{
        Cache, Health, Keep, Lease, Lifetime, Lookup,
        cache::{
            MAX_CACHE_MEMBERS, MAX_CACHE_VALUE, beyond_counting, bounded_keep, bounded_key, bounded_members,
            bounded_ttl, bounded_value, full_set, other_kind,
        },
    },
};
use moka::{Expiry, ops::compute::Op, policy::EvictionPolicy, sync};
use uuid::Uuid;

use super::flights::{Flight, Flights};

/// Tags that are known at once; the values of one that was forgotten vanish.
const TAGS: u64 = 100_000;
/// What an entry takes beside its texts, roughly.
const OVERHEAD: usize = 160;

/// A cache in this process, bounded by what it holds. What nobody asks for makes room first.
#[derive(Clone, Debug)]
pub struct InProcessCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    entries: sync::Cache<String, Entry>,
    /// A value serves while each of its tags has the mark that it had when the value's lease was given.
    tags: sync::Cache<String, Uuid>,
    /// Of each key whose value is being made, the one lease that counts. Every write holds this lock, so that none comes
    /// between looking at a lease and writing for it. Readers never take it.
    leases: Mutex<HashMap<Box<str>, Uuid>>,
    flights: Arc<Flights>,
    marks: AtomicU64,
}

#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    until: Option<Instant>,
}

#[derive(Clone, Debug)]
enum Kind {
    Value { bytes: Bytes, tags: Arc<[(String, Uuid)]> },
    Set(Arc<Mutex<Members>>),
    Counter(i64),
}

/// The members of a set and their length together.
#[derive(Debug, Default)]
struct Members {
    all: BTreeSet<Box<[u8]>>,
    bytes: usize,
}

impl InProcessCache {
    /// An empty one that holds some `max_bytes`.
    pub fn new(max_bytes: u64) -> Self {
        let entries = sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &String, entry: &Entry| u32::try_from(key.len() + entry.size()).unwrap_or(u32::MAX))
            .expire_after(AsWritten)
            .build();
        // newcomers are not turned away, or what carries them would never be kept
        let tags = sync::Cache::builder().max_capacity(TAGS).eviction_policy(EvictionPolicy::lru()).build();
        Self(Arc::new(Inner {
            entries,
            tags,
            leases: Mutex::default(),
            flights: Arc::default(),
            marks: AtomicU64::new(1),
        }))
    }
}

impl Inner {
    fn leases(&self) -> MutexGuard<'_, HashMap<Box<str>, Uuid>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is there and still serves.
    fn live(&self, key: &str) -> Option<Entry> {
        self.entries.get(key).filter(|entry| self.serves(entry))
    }

    fn serves(&self, entry: &Entry) -> bool {
        match &entry.kind {
            Kind::Value { tags, .. } => tags.iter().all(|(tag, mark)| self.tags.get(tag.as_str()) == Some(*mark)),
            Kind::Set(_) | Kind::Counter(_) => true,
        }
    }

    fn value(&self, key: &str) -> Result<Option<Bytes>> {
        match self.live(key).map(|entry| entry.kind) {
            None => Ok(None),
            Some(Kind::Value { bytes, .. }) => Ok(Some(bytes)),
            Some(Kind::Set(_) | Kind::Counter(_)) => Err(other_kind()),
        }
    }

    fn mark(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.marks.fetch_add(1, Ordering::Relaxed)))
    }

    fn marks_of(&self, tags: &[&str]) -> Vec<(String, Uuid)> {
        tags.iter().map(|tag| ((*tag).to_owned(), self.tags.get_with((*tag).into(), || self.mark()))).collect()
    }

    /// Changes what is under a key, of which nothing that was loaded before is kept any more.
    fn write<T>(&self, key: &str, act: impl FnOnce(Option<Entry>) -> (Op<Entry>, T)) -> Option<T> {
        let mut leases = self.leases();
        leases.remove(key);
        self.compute(key, act)
    }

    /// Only while holding the lock over leases.
    fn compute<T>(&self, key: &str, act: impl FnOnce(Option<Entry>) -> (Op<Entry>, T)) -> Option<T> {
        let mut answer = None;
        let _ = self.entries.entry_by_ref(key).and_compute_with(|found| {
            let found = found.map(moka::Entry::into_value).filter(|entry| self.serves(entry));
            let (op, told) = act(found);
            answer = Some(told);
            op
        });
        answer
    }

    fn put(&self, key: &str, value: &Bytes, tags: Vec<(String, Uuid)>, ttl: Duration) {
        // a slice would keep the whole buffer that it is a part of
        let bytes = Bytes::copy_from_slice(value);
        let kind = Kind::Value { bytes, tags: tags.into() };
        self.compute(key, |_| (Op::Put(Entry::new(kind, Some(ttl))), ()));
    }
}

#[async_trait]
impl Cache for InProcessCache {
    /// There is nothing outside that could fail.
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO)
            .with_figure("entries", self.0.entries.entry_count())
            .with_figure("bytes", self.0.entries.weighted_size())
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        bounded_key("key", key)?;
        self.0.value(key)
    }

    async fn set(&self, key: &str, value: Bytes, keep: &Keep<'_>) -> Result<()> {
        bounded_key("key", key)?;
        bounded_value(&value)?;
        bounded_keep(keep)?;
        let tags = self.0.marks_of(keep.tags);
        let mut leases = self.0.leases();
        leases.remove(key);
        self.0.put(key, &value, tags, keep.ttl);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<bool> {
        bounded_key("key", key)?;
        Ok(self.0.write(key, |found| (Op::Remove, found.is_some())).unwrap_or(false))
    }

    async fn invalidate_pattern(&self, pattern: &str) -> Result<u64> {
        bounded_key("pattern", pattern)?;
        self.0.leases().retain(|key, _| !glob::matches(pattern, key));
        let mut removed = 0;
        for (key, _) in self.0.entries.iter().filter(|(key, _)| glob::matches(pattern, key)) {
            removed += u64::from(self.delete(&key).await?);
        }
        Ok(removed)
    }

    async fn invalidate_tag(&self, tag: &str) -> Result<()> {
        bounded_key("tag", tag)?;
        self.0.tags.invalidate(tag);
        Ok(())
    }

    async fn lease(&self, key: &str, keep: &Keep<'_>, patience: Duration) -> Result<Lookup> {
        bounded_key("key", key)?;
        bounded_keep(keep)?;
        if let Some(value) = self.0.value(key)? {
            return Ok(Lookup::Found(value));
        }
        let flight = self.0.flights.board(key, patience).await;
        if let Some(value) = self.0.value(key)? {
            return Ok(Lookup::Found(value));
        }
        let (tags, mark) = (self.0.marks_of(keep.tags), self.0.mark());
        self.0.leases().insert(key.into(), mark);
        let hold = Hold { inner: Arc::clone(&self.0), key: key.into(), mark, _flight: flight };
        Ok(Lookup::Load(Lease { key: key.to_owned(), mark, tags, hold: Some(Box::new(hold)) }))
    }

    async fn fill(&self, lease: Lease, value: Bytes, ttl: Duration) -> Result<bool> {
        bounded_ttl(ttl)?;
        let Lease { key, mark, tags, hold } = lease;
        let kept = {
            let mut leases = self.0.leases();
            let counts = leases.get(key.as_str()) == Some(&mark) && value.len() <= MAX_CACHE_VALUE;
            if counts {
                leases.remove(key.as_str());
                self.0.put(&key, &value, tags, ttl);
            }
            counts
        };
        // who waits finds the value
        drop(hold);
        Ok(kept)
    }

    async fn sadd(&self, key: &str, members: &[&[u8]], ttl: Option<Duration>) -> Result<u64> {
        bounded_key("key", key)?;
        bounded_members(members)?;
        ttl.map_or(Ok(()), bounded_ttl)?;
        if members.is_empty() {
            return Ok(0);
        }
        self.0.write(key, |found| added(found, members, ttl)).unwrap_or(Ok(0))
    }

    async fn smembers(&self, key: &str) -> Result<Vec<Bytes>> {
        bounded_key("key", key)?;
        match self.0.live(key).map(|entry| entry.kind) {
            None => Ok(Vec::new()),
            Some(Kind::Set(members)) => {
                let members = members.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(members.all.iter().map(|member| Bytes::copy_from_slice(member)).collect())
            }
            Some(Kind::Value { .. } | Kind::Counter(_)) => Err(other_kind()),
        }
    }

    async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>) -> Result<i64> {
        bounded_key("key", key)?;
        ttl.map_or(Ok(()), bounded_ttl)?;
        self.0.write(key, |found| counted(found, by, ttl)).unwrap_or(Ok(by))
    }

    async fn ttl(&self, key: &str) -> Result<Option<Lifetime>> {
        bounded_key("key", key)?;
        let left = |until: Instant| Lifetime::Left(until.saturating_duration_since(Instant::now()));
        Ok(self.0.live(key).map(|entry| entry.until.map_or(Lifetime::Unlimited, left)))
    }
}

fn added(found: Option<Entry>, members: &[&[u8]], ttl: Option<Duration>) -> (Op<Entry>, Result<u64>) {
    let entry = found.unwrap_or_else(|| Entry::new(Kind::Set(Arc::default()), ttl));
    let Kind::Set(set) = &entry.kind else { return (Op::Nop, Err(other_kind())) };
    let added = set.lock().unwrap_or_else(PoisonError::into_inner).add(members);
    // put again even when it is the same set: it weighs more
    if added.is_ok() { (Op::Put(entry), added) } else { (Op::Nop, added) }
}

fn counted(found: Option<Entry>, by: i64, ttl: Option<Duration>) -> (Op<Entry>, Result<i64>) {
    let mut entry = found.unwrap_or_else(|| Entry::new(Kind::Counter(0), ttl));
    let Kind::Counter(count) = &mut entry.kind else { return (Op::Nop, Err(other_kind())) };
    let Some(next) = count.checked_add(by) else { return (Op::Nop, Err(beyond_counting())) };
    *count = next;
    (Op::Put(entry), Ok(next))
}

impl Members {
    fn add(&mut self, members: &[&[u8]]) -> Result<u64> {
        let new: BTreeSet<&[u8]> = members.iter().copied().filter(|member| !self.all.contains(*member)).collect();
        if self.all.len() + new.len() > MAX_CACHE_MEMBERS {
            return Err(full_set());
        }
        self.bytes += new.iter().map(|member| member.len() + size_of::<Box<[u8]>>()).sum::<usize>();
        let added = new.len() as u64;
        self.all.extend(new.into_iter().map(Box::from));
        Ok(added)
    }
}

impl Entry {
    fn new(kind: Kind, ttl: Option<Duration>) -> Self {
        Self { kind, until: ttl.map(|ttl| Instant::now() + ttl) }
    }

    fn size(&self) -> usize {
        OVERHEAD
            + match &self.kind {
                Kind::Value { bytes, tags } => {
                    bytes.len() + tags.iter().map(|(tag, _)| tag.len() + size_of::<(String, Uuid)>()).sum::<usize>()
                }
                Kind::Set(members) => members.lock().unwrap_or_else(PoisonError::into_inner).bytes,
                Kind::Counter(_) => 0,
            }
    }
}

/// Each entry goes at the time it was written with, however often it is written again.
#[derive(Debug)]
struct AsWritten;

impl Expiry<String, Entry> for AsWritten {
    fn expire_after_create(&self, _key: &String, entry: &Entry, now: Instant) -> Option<Duration> {
        entry.until.map(|until| until.saturating_duration_since(now))
    }

    fn expire_after_update(
        &self,
        _key: &String,
        entry: &Entry,
        now: Instant,
        _left: Option<Duration>,
    ) -> Option<Duration> {
        entry.until.map(|until| until.saturating_duration_since(now))
    }
}

/// Ends a lease, and lets the next one have its turn.
#[derive(Debug)]
struct Hold {
    inner: Arc<Inner>,
    key: Box<str>,
    mark: Uuid,
    _flight: Option<Flight>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut leases = self.inner.leases();
        if leases.get(&self.key) == Some(&self.mark) {
            leases.remove(&self.key);
        }
    }
}
