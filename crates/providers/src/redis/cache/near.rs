//! Values kept in this process, each of which is served only after the server said, asked anew, that it still serves.
//!
//! What travels is the marks of its tags instead of the value, and those who ask at the same time share one question. It is
//! put after each of them came, so freshness is that of the server itself; a server's own messages about what has changed
//! ("client-side caching") may come after the change was answered.
//!
//! What was put or removed under a key by anybody leaves its tags as they are. So whoever does that changes one more mark,
//! the *turn*, with which every value here is kept.

use std::{
    sync::Arc,
    time::{Duration, Instant as Clock},
};

use bytes::Bytes;
use jarvis_core::Result;
use moka::{Expiry, sync};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{entry::Marked, remote::Remote};

/// Questions that wait, and that are put together.
const WAITING: usize = 1_024;
const TOGETHER: usize = 256;
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
}

/// The values, and the way to ask about them.
#[derive(Debug)]
pub(super) struct Near {
    values: sync::Cache<String, Kept>,
    questions: mpsc::Sender<Question>,
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

#[derive(Debug)]
struct Question {
    about: Kept,
    answer: oneshot::Sender<Result<bool>>,
}

impl Near {
    /// An empty one of some `max_bytes`. It asks for as long as it is there.
    pub(super) fn new(remote: Arc<Remote>, max_bytes: u64) -> Self {
        let size = |key: &String, kept: &Kept| {
            let tags: usize = kept.tags.iter().map(|(tag, _)| tag.len() + 64).sum();
            u32::try_from(key.len() + kept.value.len() + tags + OVERHEAD).unwrap_or(u32::MAX)
        };
        let values = sync::Cache::builder().max_capacity(max_bytes).weigher(size).expire_after(AsThere).build();
        let (questions, asked) = mpsc::channel(WAITING);
        tokio::spawn(ask(remote, asked));
        Self { values, questions }
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

    /// Whether the server still says what was kept with it, at some moment after this call.
    pub(super) async fn serves(&self, about: &Kept) -> Result<bool> {
        let (answer, answered) = oneshot::channel();
        let question = Question { about: about.clone(), answer };
        if self.questions.send(question).await.is_err() {
            return Ok(false);
        }
        answered.await.unwrap_or(Ok(false))
    }
}

/// Puts what came while the last was answered as one question.
async fn ask(remote: Arc<Remote>, mut asked: mpsc::Receiver<Question>) {
    let mut questions = Vec::with_capacity(TOGETHER);
    while asked.recv_many(&mut questions, TOGETHER).await > 0 {
        let marks = marks(&remote, &questions).await;
        for Question { about, answer } in questions.drain(..) {
            let serves = marks.as_ref().map(|marks| marks.serve(&about)).map_err(Clone::clone);
            // nobody listens when the caller has gone
            let _ = answer.send(serves);
        }
    }
}

/// What the server said.
struct Marks {
    turn: Turn,
    /// By tag.
    tags: Vec<(String, Option<Vec<u8>>)>,
}

async fn marks(remote: &Remote, questions: &[Question]) -> Result<Marks> {
    let tags = questions.iter().flat_map(|question| question.about.tags.iter().map(|(tag, _)| tag.as_str()));
    let mut tags: Vec<&str> = tags.collect();
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
