use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use jarvis_core::observe::QueueMeter;
use metrics::Counter;
use tokio::sync::Notify;

use super::{LiveNews, Told};

/// News that wait for one subscriber at most.
const CAPACITY: usize = 128;

/// Name of the counter of events that subscribers missed.
const MISSED: &str = "jarvis_live_events_missed_total";

/// All mailboxes together; their number is bounded by that of sockets.
static METER: OnceLock<(QueueMeter, Counter)> = OnceLock::new();

/// Tells `/metrics` what is counted.
pub(super) fn describe() {
    METER.get_or_init(|| (QueueMeter::new("mailboxes", CAPACITY), metrics::counter!(MISSED)));
    metrics::describe_counter!(MISSED, "Live events that a subscriber was too slow for.");
}

/// What one subscriber has not taken yet. Empty, it holds no memory of its own: most subscribers wait most of the time.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Missed before all that stands in `news`.
    missed: u64,
    news: VecDeque<Arc<LiveNews>>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let left = self.waiting().news.len();
        metered(|meter| meter.left(left));
    }
}

fn metered(note: impl FnOnce(&QueueMeter)) {
    if let Some((meter, _)) = METER.get() {
        note(meter);
    }
}

impl Mailbox {
    /// Puts news in; when there is no room, what waited counts as missed.
    pub(super) fn put(&self, news: Arc<LiveNews>) {
        let mut waiting = self.waiting();
        if waiting.news.len() >= CAPACITY {
            let late = std::mem::take(&mut waiting.news).len() as u64;
            if let Some((_, missed)) = METER.get() {
                missed.increment(late);
            }
            metered(|meter| {
                meter.left(late as usize);
                meter.rejected(late);
            });
            waiting.missed += late;
        }
        waiting.news.push_back(news);
        metered(|meter| meter.joined(1));
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Notes that events were missed before they came here.
    pub(super) fn miss(&self, events: u64) {
        let mut waiting = self.waiting();
        let late = std::mem::take(&mut waiting.news).len();
        metered(|meter| meter.left(late));
        waiting.missed += events + late as u64;
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Waits for what comes next. For one taker.
    pub(super) async fn next(&self) -> Told {
        loop {
            if let Some(told) = self.take() {
                return told;
            }
            // What comes between looking and waiting leaves its permit.
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<Told> {
        let mut waiting = self.waiting();
        if waiting.missed > 0 {
            return Some(Told::Missed(std::mem::take(&mut waiting.missed)));
        }
        let news = waiting.news.pop_front()?;
        metered(|meter| meter.left(1));
        if waiting.news.is_empty() {
            waiting.news = VecDeque::new();
        }
        Some(Told::News(news))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::id::ConversationId;
    use uuid::Uuid;

    fn news(number: u128) -> Arc<LiveNews> {
        Arc::new(LiveNews::ConversationErased(ConversationId::from(Uuid::from_u128(number))))
    }

    #[tokio::test]
    async fn news_are_taken_in_order_and_the_room_is_given_back() {
        let mailbox = Mailbox::default();
        mailbox.put(news(1));
        mailbox.put(news(2));
        assert_eq!(mailbox.next().await, Told::News(news(1)));
        assert_eq!(mailbox.next().await, Told::News(news(2)));
        assert_eq!(mailbox.waiting().news.capacity(), 0);
    }

    #[tokio::test]
    async fn one_who_takes_nothing_is_told_how_much_was_missed_and_goes_on_behind_it() {
        let mailbox = Mailbox::default();
        for number in 0..CAPACITY as u128 + 2 {
            mailbox.put(news(number));
        }
        assert_eq!(mailbox.next().await, Told::Missed(CAPACITY as u64));
        assert_eq!(mailbox.next().await, Told::News(news(CAPACITY as u128)));
        mailbox.miss(3);
        assert_eq!(mailbox.next().await, Told::Missed(4), "what waited is older than the gap");
    }

    #[tokio::test]
    async fn a_waiting_taker_is_woken() {
        let mailbox = Arc::new(Mailbox::default());
        let taker = tokio::spawn({
            let mailbox = Arc::clone(&mailbox);
            async move { mailbox.next().await }
        });
        tokio::task::yield_now().await;
        mailbox.put(news(5));
        assert_eq!(taker.await.unwrap(), Told::News(news(5)));
    }
}
