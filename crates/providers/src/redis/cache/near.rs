//! Values kept in this process, each of which is served only after the server said, asked anew, that it still serves, or
//! when nothing but ourselves can have changed that.
//!
//! What travels is the marks of its tags instead of the value, and those who ask at the same time share one question. It is
//! put after each of them came, so freshness is that of the server itself; a server's own messages about what has changed
//! ("client-side caching") may come after the change was answered.
//!
//! What was put or removed under a key by anybody leaves its tags as they are. So whoever does that changes one more mark,
//! the *turn*, with which every value here is kept.

use std::{
    iter, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant as Clock},
};

use bytes::Bytes;
use jarvis_core::Result;
use moka::{Expiry, sync};
use tokio::{sync::oneshot, time::Instant};

use super::{entry::Marked, remote::Remote};

/// Questions that wait while one is put; who comes beyond them asks for the value itself.
const WAITING: usize = 256;
/// What an entry takes beside its texts, roughly.
const OVERHEAD: usize = 200;

/// The mark of the turn, if it was ever changed.
pub(super) type Turn = Option<Vec<u8>>;

/// What is known to have been on the server.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) value: Bytes,
    pub(super) tags: Arc<[Marked]>,
    pub(super) turn: Turn,
    /// Of the server's standing.
    pub(super) round: u64,
    pub(super) until: Instant,
    /// The stamp of [`super::alone::Alone`] when the server was last asked about it and said that it serves.
    pub(super) served: Arc<AtomicU64>,
}

/// The values, and the line of those who ask about them.
///
/// Who finds nobody asking asks at once; those who come meanwhile wait, and the first of them then asks for all.
#[derive(Debug)]
pub(super) struct Near {
    values: sync::Cache<String, Kept>,
    remote: Arc<Remote>,
    line: Arc<Mutex<Line>>,
}

#[derive(Debug, Default)]
struct Line {
    is_asking: bool,
    waiting: Vec<Question>,
}

#[derive(Debug)]
struct Question {
    about: Kept,
    turn: oneshot::Sender<Next>,
}

/// What somebody who waited is told.
#[derive(Debug)]
enum Next {
    Answer(Result<bool>),
    /// To ask for oneself and for these.
    Ask(Asking, Vec<Question>),
}

/// A value stays here no longer than on the server.
struct AsThere;

impl Expiry<String, Kept> for AsThere {
    fn expire_after_create(&self, _: &String, kept: &Kept, _: Clock) -> Option<Duration> {
        Some(kept.until.saturating_duration_since(Instant::now()))
    }

    fn expire_after_update(&self, _: &String, kept: &Kept, _: Clock, _: Option<Duration>) -> Option<Duration> {
        Some(kept.until.saturating_duration_since(Instant::now()))
    }
}

impl Near {
    /// An empty one of some `max_bytes`.
    pub(super) fn new(remote: Arc<Remote>, max_bytes: u64) -> Self {
        let size = |key: &String, kept: &Kept| {
            let tags: usize = kept.tags.iter().map(|(tag, _)| tag.len() + 64).sum();
            u32::try_from(key.len() + kept.value.len() + tags + OVERHEAD).unwrap_or(u32::MAX)
        };
        let values = sync::Cache::builder().max_capacity(max_bytes).weigher(size).expire_after(AsThere).build();
        Self { values, remote, line: Arc::default() }
    }

    /// What is kept under a key of the present round.
    pub(super) fn of(&self, key: &str, round: u64) -> Option<Kept> {
        self.values.get(key).filter(|kept| kept.round == round && kept.until > Instant::now())
    }

    pub(super) fn keep(&self, key: &str, kept: Kept) {
        self.values.insert(key.to_owned(), kept);
    }

    pub(super) fn forget(&self, key: &str) {
        self.values.invalidate(key);
    }

    pub(super) fn forget_all(&self) {
        self.values.invalidate_all();
    }

    /// Whether it still serves, as the server says at some moment after this call, or as we know without asking.
    pub(super) async fn serves(&self, about: &Kept) -> Result<bool> {
        let alone = &self.remote.alone;
        if alone.holds() && about.served.load(Ordering::SeqCst) == alone.stamp(&about.tags) {
            return Ok(true);
        }
        let (asking, others) = match self.stand_in_line(about) {
            Place::Asking(asking) => (asking, Vec::new()),
            Place::Waiting(turn) => match turn.await {
                Ok(Next::Ask(asking, others)) => (asking, others),
                Ok(Next::Answer(answer)) => return answer,
                // who asked for all went away
                Err(_) => return Ok(false),
            },
            Place::Beyond => return Ok(false),
        };
        let all = || iter::once(about).chain(others.iter().map(|other| &other.about));
        // before they are asked about: what changes meanwhile changes the stamp
        let (stamp, stamps) = (alone.stamp(&about.tags), others.iter().map(|other| alone.stamp(&other.about.tags)));
        let stamps: Vec<u64> = stamps.collect();
        let marks = marks(&self.remote, all()).await;
        let answer = |about: &Kept, stamp| {
            let serves = marks.as_ref().map(|marks| marks.serve(about)).map_err(Clone::clone);
            if matches!(serves, Ok(true)) {
                about.served.store(stamp, Ordering::SeqCst);
            }
            serves
        };
        for (Question { about, turn }, stamp) in others.into_iter().zip(stamps) {
            // nobody listens when the caller has gone
            let _ = turn.send(Next::Answer(answer(&about, stamp)));
        }
        drop(asking);
        answer(about, stamp)
    }

    fn stand_in_line(&self, about: &Kept) -> Place {
        let mut line = locked(&self.line);
        if !line.is_asking {
            line.is_asking = true;
            return Place::Asking(Asking(Some(Arc::clone(&self.line))));
        }
        if line.waiting.len() == WAITING {
            return Place::Beyond;
        }
        let (turn, told) = oneshot::channel();
        line.waiting.push(Question { about: about.clone(), turn });
        Place::Waiting(told)
    }
}

fn locked(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where somebody stands.
enum Place {
    Asking(Asking),
    Waiting(oneshot::Receiver<Next>),
    Beyond,
}

/// That somebody asks now. When that is over, also when it was given up, those who came meanwhile are next.
#[derive(Debug)]
struct Asking(Option<Arc<Mutex<Line>>>);

impl Drop for Asking {
    fn drop(&mut self) {
        let Some(line) = self.0.take() else { return };
        loop {
            let mut waiting = {
                let mut line = locked(&line);
                if line.waiting.is_empty() {
                    line.is_asking = false;
                    return;
                }
                mem::take(&mut line.waiting)
            };
            // the first who still listens asks for all; one who goes away before that passes it on
            while let Some(Question { turn, .. }) = waiting.pop() {
                match turn.send(Next::Ask(Self(Some(Arc::clone(&line))), mem::take(&mut waiting))) {
                    Err(Next::Ask(mut asking, others)) => {
                        asking.0 = None;
                        waiting = others;
                    }
                    _ => return,
                }
            }
        }
    }
}

/// What the server said.
struct Marks {
    turn: Turn,
    /// By tag.
    tags: Vec<(String, Option<Vec<u8>>)>,
}

async fn marks(remote: &Remote, all: impl Iterator<Item = &Kept>) -> Result<Marks> {
    let mut tags: Vec<&str> = all.flat_map(|about| about.tags.iter().map(|(tag, _)| tag.as_str())).collect();
    tags.sort_unstable();
    tags.dedup();
    let (turn, marks) = remote.turn_and_marks(&tags).await?;
    Ok(Marks { turn, tags: tags.into_iter().map(str::to_owned).zip(marks).collect() })
}

impl Marks {
    fn serve(&self, about: &Kept) -> bool {
        let same = |(tag, mark): &Marked| {
            let place = self.tags.binary_search_by(|(known, _)| known.as_str().cmp(tag));
            place.is_ok_and(|place| self.tags[place].1.as_deref() == Some(mark.as_bytes().as_slice()))
        };
        self.turn == about.turn && about.tags.iter().all(same)
    }
}
