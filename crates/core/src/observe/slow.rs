//! Operations that took longer than they should, one line each, and not more lines than anybody can read.

use std::{
    fmt,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use metrics::{Counter, counter, describe_counter};

use super::{context, trace};

const TOTAL: &str = "jarvis_slow_operations_total";
/// Lines in a window at most.
const LINES: u32 = 20;
const WINDOW: Duration = Duration::from_secs(10);

/// What may be slow, each by a threshold of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowKind {
    /// A request until its answer began, other than one that waits for a model or takes an upload.
    Request,
    /// A read or a unit of work of the store.
    Store,
    /// A search of an index.
    Search,
    /// The first token of a model.
    FirstToken,
}

impl SlowKind {
    const ALL: [Self; 4] = [Self::Request, Self::Store, Self::Search, Self::FirstToken];

    const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Store => "store",
            Self::Search => "search",
            Self::FirstToken => "first_token",
        }
    }
}

/// From when on something is slow; `None` is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlowThresholds {
    /// See [`SlowKind::Request`].
    pub request: Option<Duration>,
    /// See [`SlowKind::Store`].
    pub store: Option<Duration>,
    /// See [`SlowKind::Search`].
    pub search: Option<Duration>,
    /// See [`SlowKind::FirstToken`].
    pub first_token: Option<Duration>,
}

/// In microseconds.
static THRESHOLDS: [AtomicU64; SlowKind::ALL.len()] = [const { AtomicU64::new(u64::MAX) }; SlowKind::ALL.len()];
static COUNTERS: OnceLock<[Counter; SlowKind::ALL.len()]> = OnceLock::new();
static TOLD: Mutex<Option<Told>> = Mutex::new(None);

/// What was told lately.
struct Told {
    since: Instant,
    lines: u32,
    left_out: u64,
}

/// What is slow from now on, in the whole process.
pub fn set_slow_thresholds(thresholds: SlowThresholds) {
    let SlowThresholds { request, store, search, first_token } = thresholds;
    for (slot, threshold) in THRESHOLDS.iter().zip([request, store, search, first_token]) {
        let micros = threshold.map_or(u64::MAX, |threshold| u64::try_from(threshold.as_micros()).unwrap_or(u64::MAX));
        slot.store(micros, Ordering::Relaxed);
    }
    COUNTERS.get_or_init(|| {
        describe_counter!(TOTAL, "Operations that took longer than their threshold, by kind.");
        SlowKind::ALL.map(|kind| counter!(TOTAL, "kind" => kind.word()))
    });
}

/// Whether so long is slow.
pub fn is_slow(kind: SlowKind, took: Duration) -> bool {
    took.as_micros() >= u128::from(THRESHOLDS[kind as usize].load(Ordering::Relaxed))
}

/// Counts a slow operation, and tells it in a line unless too many were told within a short time.
pub fn note_slow(kind: SlowKind, what: impl fmt::Display, took: Duration) {
    if let Some(counters) = COUNTERS.get() {
        counters[kind as usize].increment(1);
    }
    let left_out = {
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        match tell(&mut told, Instant::now()) {
            Some(left_out) => left_out,
            None => return,
        }
    };
    let context = context::current();
    let trace_id = trace::trace_id();
    tracing::warn!(
        target: "slow",
        kind = kind.word(),
        what = %what,
        ms = took.as_secs_f64() * 1e3,
        request_id = context.as_ref().map(|context| &*context.request_id),
        trace_id = trace_id.as_deref(),
        left_out = (left_out > 0).then_some(left_out),
        "slow"
    );
}

/// Whether there is room for one more line: then how many were left out before it.
fn tell(told: &mut Option<Told>, now: Instant) -> Option<u64> {
    let told = told.get_or_insert(Told { since: now, lines: 0, left_out: 0 });
    if now.saturating_duration_since(told.since) >= WINDOW {
        (told.since, told.lines) = (now, 0);
    }
    if told.lines >= LINES {
        told.left_out += 1;
        return None;
    }
    told.lines += 1;
    Some(std::mem::take(&mut told.left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_what_is_left_out_is_told() {
        let (mut told, begun) = (None, Instant::now());
        let lines = (0..100).filter(|_| tell(&mut told, begun).is_some()).count();
        assert_eq!(lines, LINES as usize);
        assert_eq!(tell(&mut told, begun + WINDOW), Some(100 - u64::from(LINES)));
        assert_eq!(tell(&mut told, begun + WINDOW), Some(0));
    }
}
