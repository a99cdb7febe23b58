//! What lets people in is looked up once and kept for a moment: half a minute at most, which is how long another node may
//! not know yet that a login has ended, and not at all on the node that ended it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jarvis_core::{
    Timestamp,
    id::{LoginId, UserId},
    observe::CacheMeter,
    types::{Principal, Quotas, TokenHash},
};
use moka::sync::Cache;
use tokio::sync::broadcast;

/// Longest that something is believed without being looked up.
const BELIEVED: Duration = Duration::from_secs(30);
/// Of so many people a connection hears late that something ended; one that missed more looks again.
const MAX_ENDED: usize = 64;
/// Logins and keys that are kept.
const MAX_KEPT: u64 = 50_000;

/// What somebody showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shown {
    Login(LoginId),
    Key(TokenHash),
}

/// Who showed it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) principal: Principal,
    /// Until when it is good; for ever when none.
    pub(super) expires_at: Option<Timestamp>,
    /// When it was looked up.
    looked_up: Timestamp,
    /// When its last use was noted, in microseconds.
    noted: AtomicI64,
}

impl Known {
    /// What was looked up now.
    pub(super) fn new(
        principal: Principal,
        expires_at: Option<Timestamp>,
        noted: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let noted = AtomicI64::new(noted.map_or(0, Timestamp::as_micros));
        Self { principal, expires_at, looked_up: now, noted }
    }

    /// Whether this use is to be noted: once in `every`, of many at once by one.
    pub(super) fn is_due(&self, now: Timestamp, every: Duration) -> bool {
        let noted = self.noted.load(Ordering::Relaxed);
        let due = Timestamp::from_micros(noted).plus(every) <= now;
        due && self.noted.compare_exchange(noted, now.as_micros(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// What is kept. Forgotten as a whole: changes are rare, and looking up is cheap.
#[derive(Debug)]
pub(crate) struct Gate {
    known: Cache<Shown, Arc<Known>>,
    quotas: Cache<UserId, Quotas>,
    /// Who may have been let in for the last time; for connections that last.
    ended: broadcast::Sender<UserId>,
    /// Counts how often everything was forgotten: what was looked up before that must not be kept after.
    forgotten: Mutex<u64>,
    meter: CacheMeter,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let known = Cache::builder().max_capacity(MAX_KEPT).time_to_live(BELIEVED).build();
        let quotas = Cache::builder().max_capacity(MAX_KEPT).time_to_live(BELIEVED).build();
        let (ended, meter) = (broadcast::Sender::new(MAX_ENDED), CacheMeter::new("logins"));
        Self { known, quotas, ended, forgotten: Mutex::default(), meter }
    }

    /// Forgets everything, after the commit of what changes who may do what.
    pub(crate) fn forget(&self) {
        let mut forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        *forgotten += 1;
        self.known.invalidate_all();
        self.quotas.invalidate_all();
    }

    /// The same when something may not let this person in any more: their connections look again.
    pub(crate) fn forget_of(&self, user: UserId) {
        self.forget();
        // an error tells that nobody is connected
        let _ = self.ended.send(user);
    }

    /// Hears of whom something may have ended from now on.
    pub(super) fn ended(&self) -> broadcast::Receiver<UserId> {
        self.ended.subscribe()
    }

    /// To be asked before something is looked up.
    pub(crate) fn epoch(&self) -> u64 {
        *self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, shown: Shown, now: Timestamp) -> Option<Arc<Known>> {
        let known = self.known.get(&shown).filter(|known| now < known.looked_up.plus(BELIEVED));
        self.meter.looked_up(known.is_some());
        known
    }

    /// Keeps what was looked up, unless everything was forgotten meanwhile.
    pub(super) fn keep(&self, epoch: u64, shown: Shown, known: &Arc<Known>) {
        let forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        if *forgotten == epoch {
            self.known.insert(shown, Arc::clone(known));
        }
    }

    pub(crate) fn quotas(&self, user: UserId) -> Option<Quotas> {
        self.quotas.get(&user)
    }

    pub(crate) fn keep_quotas(&self, epoch: u64, user: UserId, quotas: Quotas) {
        let forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        if *forgotten == epoch {
            self.quotas.insert(user, quotas);
        }
    }
}
