//! What queues, pools and caches tell of themselves, under the same names everywhere.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::{
    Counter, Gauge, Histogram, SharedString, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};

const DEPTH: &str = "jarvis_queue_depth";
const QUEUE_CAPACITY: &str = "jarvis_queue_capacity";
const REJECTED: &str = "jarvis_queue_rejected_total";
const QUEUE_WAIT: &str = "jarvis_queue_wait_seconds";
const SIZE: &str = "jarvis_pool_size";
const IN_USE: &str = "jarvis_pool_in_use";
const POOL_CAPACITY: &str = "jarvis_pool_capacity";
const POOL_WAIT: &str = "jarvis_pool_wait_seconds";
const LOOKUPS: &str = "jarvis_cache_lookups_total";

/// What waits in a queue.
#[derive(Clone)]
pub struct QueueMeter(Arc<QueueHandles>);

struct QueueHandles {
    depth: Gauge,
    rejected: Counter,
    wait: Histogram,
}

/// One that waits, until dropped.
pub struct Waiting {
    meter: QueueMeter,
    since: Instant,
}

impl QueueMeter {
    /// Of the queue with this name, which holds so many.
    pub fn new(queue: impl Into<SharedString>, capacity: usize) -> Self {
        let queue = queue.into();
        describe_gauge!(DEPTH, "What waits in a queue.");
        describe_gauge!(QUEUE_CAPACITY, "What may wait in a queue at most.");
        describe_counter!(REJECTED, "What a full queue turned away, or what gave up waiting in it.");
        describe_histogram!(QUEUE_WAIT, Unit::Seconds, "Time of waiting in a queue.");
        gauge!(QUEUE_CAPACITY, "queue" => queue.clone()).set(capacity as f64);
        Self(Arc::new(QueueHandles {
            depth: gauge!(DEPTH, "queue" => queue.clone()),
            rejected: counter!(REJECTED, "queue" => queue.clone()),
            wait: histogram!(QUEUE_WAIT, "queue" => queue),
        }))
    }

    /// One that waits until what this answers is dropped.
    pub fn enter(&self) -> Waiting {
        self.joined(1);
        Waiting { meter: self.clone(), since: Instant::now() }
    }

    /// So many more wait.
    pub fn joined(&self, more: usize) {
        self.0.depth.increment(more as f64);
    }

    /// So many less wait.
    pub fn left(&self, less: usize) {
        self.0.depth.decrement(less as f64);
    }

    /// So many found no room, or waited too long.
    pub fn rejected(&self, many: u64) {
        self.0.rejected.increment(many);
    }

    /// One that waited so long.
    pub fn waited(&self, time: Duration) {
        self.0.wait.record(time);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.meter.left(1);
        self.meter.waited(self.since.elapsed());
    }
}

impl std::fmt::Debug for QueueMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QueueMeter")
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waiting")
    }
}

/// What is taken from a pool and given back.
pub struct PoolMeter {
    size: Gauge,
    in_use: Gauge,
    wait: Histogram,
}

/// One that is in use, until dropped.
pub struct InUse(Gauge);

impl PoolMeter {
    /// Of the pool with this name, which holds so many at most.
    pub fn new(pool: impl Into<SharedString>, capacity: usize) -> Self {
        let pool = pool.into();
        describe_gauge!(SIZE, "What a pool holds, in use or not.");
        describe_gauge!(IN_USE, "What is in use of a pool.");
        describe_gauge!(POOL_CAPACITY, "What a pool may hold at most.");
        describe_histogram!(POOL_WAIT, Unit::Seconds, "Time until a pool gave what it was asked for.");
        gauge!(POOL_CAPACITY, "pool" => pool.clone()).set(capacity as f64);
        Self {
            size: gauge!(SIZE, "pool" => pool.clone()),
            in_use: gauge!(IN_USE, "pool" => pool.clone()),
            wait: histogram!(POOL_WAIT, "pool" => pool),
        }
    }

    /// It holds so many now.
    pub fn holds(&self, size: usize) {
        self.size.set(size as f64);
    }

    /// One that was waited for, and is in use until what this answers is dropped.
    pub fn take(&self, waited: Duration) -> InUse {
        self.wait.record(waited);
        self.in_use.increment(1.0);
        InUse(self.in_use.clone())
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl std::fmt::Debug for PoolMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PoolMeter")
    }
}

impl std::fmt::Debug for InUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InUse")
    }
}

/// What a cache is asked.
#[derive(Clone)]
pub struct CacheMeter {
    hits: Counter,
    misses: Counter,
}

impl CacheMeter {
    /// Of the cache with this name.
    pub fn new(cache: &'static str) -> Self {
        describe_counter!(LOOKUPS, "What caches were asked for, by whether it was there.");
        let lookups = |outcome| counter!(LOOKUPS, "cache" => cache, "outcome" => outcome);
        Self { hits: lookups("hit"), misses: lookups("miss") }
    }

    /// It was there.
    pub fn hit(&self) {
        self.hits.increment(1);
    }

    /// It was not there.
    pub fn miss(&self) {
        self.misses.increment(1);
    }

    /// It was there, or it was not.
    pub fn looked_up(&self, is_there: bool) {
        if is_there { self.hit() } else { self.miss() }
    }
}

impl std::fmt::Debug for CacheMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CacheMeter")
    }
}
