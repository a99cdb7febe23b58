//! Whether this process is alone with the cache: then nobody else changes anything, and what was found to serve goes on
//! serving without a question to Redis.
//!
//! All processes of an installation name themselves in one place on the server, once a second. One that finds nobody else
//! there *claims* the cache for a moment ([`HOLDS`]), and goes on claiming it while it is used. After every change, each
//! process looks there, too: where somebody else's claim may still hold, it voids that claim and answers only when it has
//! run out. So a change is answered after the last moment at which its old value may have been served, also when the
//! one who makes it was taken for gone: it was paused, say, and goes on. (A lease whose end writers wait for: Gray and
//! Cheriton, *Leases: an efficient fault-tolerant mechanism for distributed file cache consistency*, SOSP 1989.) A claim is
//! measured by the clocks of who serves and who waits, each by its own, for which time must pass equally fast; when the
//! server's clock jumps, somebody waits or asks once more.
//!
//! Where there are several processes nobody claims anything, and nobody ever waits.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use jarvis_core::Result;
use redis::Cmd;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    super::{Redis, script},
    entry::Marked,
    remote::millis,
};

/// How long a claim holds, counted from before it was made.
const HOLDS: Duration = Duration::from_millis(200);
/// What is left of it when who needs it makes it anew.
const LEFT: Duration = Duration::from_millis(100);
/// After so long a silence a process counts as gone. Only who is wrong about that pays: by a wait at its next change.
const SILENCE: Duration = Duration::from_secs(5);
/// What tags are counted together: with more of them, a change of one lets fewer others be asked about again.
const COUNTS: usize = 64;

/// Our place among those who use the cache.
#[derive(Debug)]
pub(super) struct Alone {
    redis: Arc<Redis>,
    who: String,
    claims: AtomicU64,
    /// The claim that was last answered.
    last: Mutex<String>,
    /// Against which moments are counted.
    began: Instant,
    /// Until when our claim holds, in microseconds since `began`.
    until: AtomicU64,
    /// Counts how often somebody else may have changed something.
    interrupted: AtomicU64,
    is_claiming: AtomicBool,
    hasher: RandomState,
    /// Count what we change ourselves: by tag, and last what is not about a tag. Each goes up before and after.
    changes: [AtomicU64; COUNTS + 1],
}

impl Alone {
    pub(super) fn new(redis: Arc<Redis>, who: Uuid) -> Self {
        Self {
            redis,
            who: who.simple().to_string(),
            claims: AtomicU64::default(),
            last: Mutex::default(),
            began: Instant::now(),
            until: AtomicU64::default(),
            // no stamp is 0
            interrupted: AtomicU64::new(1),
            is_claiming: AtomicBool::default(),
            hasher: RandomState::new(),
            changes: [const { AtomicU64::new(0) }; COUNTS + 1],
        }
    }

    /// Stands for all that may change what has these tags: while it is the same, nothing did, as far as we would know when
    /// our claim holds. Every part of the sum only ever grows.
    pub(super) fn stamp(&self, tags: &[Marked]) -> u64 {
        let tags = tags.iter().map(|(tag, _)| self.changes[self.count_of(tag)].load(SeqCst));
        self.interrupted.load(SeqCst) + self.changes[COUNTS].load(SeqCst) + tags.sum::<u64>()
    }

    /// Whether our claim holds; it is renewed where it is used.
    pub(super) fn holds(self: &Arc<Self>) -> bool {
        // never claimed, or not alone when we were last seen
        let until = self.until.load(SeqCst);
        if until == 0 {
            return false;
        }
        let now = self.micros(Instant::now());
        if until < now + micros(LEFT) && !self.is_claiming.swap(true, SeqCst) {
            let alone = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = alone.claim().await {
                    tracing::debug!(?error, "the cache could not be claimed");
                }
                alone.is_claiming.store(false, SeqCst);
            });
        }
        now < until
    }

    /// Says that we are there, and claims the cache where nobody else is.
    pub(super) async fn claim(&self) -> Result<()> {
        let claim = format!("{}:{}", self.who, self.claims.fetch_add(1, SeqCst));
        let asked = Instant::now();
        let mut command = script::CLAIM.on(&self.place());
        command.arg(&claim).arg(&self.who).arg(millis(SILENCE));
        let (before, is_alone): (String, bool) = self.redis.ask(&command).await?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if before != *last {
            self.interrupted.fetch_add(1, SeqCst);
        }
        // after what it is about was counted
        self.until.store(if is_alone { self.micros(asked + HOLDS) } else { 0 }, SeqCst);
        *last = claim;
        Ok(())
    }

    /// Changes something with this tag, or something else, on the server. Answers when nobody serves what was there before.
    pub(super) async fn change(&self, tag: Option<&str>, change: &Cmd) -> Result<()> {
        let changing = Changing::begin(&self.changes[tag.map_or(COUNTS, |tag| self.count_of(tag))]);
        let mut heard = script::HEARD.on(&self.place());
        heard.arg(&self.who).arg(millis(HOLDS));
        let somebody_serves = self.redis.ask_in_turn(change, &heard).await?;
        drop(changing);
        if somebody_serves {
            sleep(HOLDS).await;
        }
        Ok(())
    }

    fn place(&self) -> String {
        self.redis.name("n", "alone")
    }

    fn count_of(&self, tag: &str) -> usize {
        usize::try_from(self.hasher.hash_one(tag) % COUNTS as u64).unwrap_or_default()
    }

    fn micros(&self, moment: Instant) -> u64 {
        micros(moment.saturating_duration_since(self.began))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// That something is being changed. One that was given up may have been made.
#[derive(Debug)]
struct Changing<'a>(&'a AtomicU64);

impl<'a> Changing<'a> {
    fn begin(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}
