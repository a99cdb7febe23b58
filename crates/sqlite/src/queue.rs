use jarvis_core::{Result, observe::QueueMeter};
use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

use crate::error::{closed, overloaded};

/// A bounded queue from tasks, which wait without blocking, to threads, which block.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    /// One permit for each free place.
    room: Semaphore,
    patience: Duration,
    meter: QueueMeter,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    /// Threads in `pop`: only they need to be woken, and waking is a system call.
    waiting: usize,
    closed: bool,
}

/// What a thread got.
#[derive(Debug)]
pub(crate) enum Popped<T> {
    Item(T),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

impl<T> Queue<T> {
    /// `capacity` items at most; a task waits `patience` for a place. `name` is what measurements call it.
    pub(crate) fn new(name: &'static str, capacity: usize, patience: Duration) -> Self {
        Self {
            state: Mutex::new(State { items: VecDeque::with_capacity(capacity), waiting: 0, closed: false }),
            ready: Condvar::new(),
            room: Semaphore::new(capacity),
            patience,
            meter: QueueMeter::new(name, capacity),
        }
    }

    pub(crate) async fn push(&self, item: T) -> Result<()> {
        let place = match self.room.try_acquire() {
            Ok(place) => place,
            Err(_) => tokio::time::timeout(self.patience, self.room.acquire())
                .await
                .map_err(|_| {
                    self.meter.rejected(1);
                    overloaded()
                })?
                .map_err(|_| closed())?,
        };
        let mut state = self.lock();
        if state.closed {
            return Err(closed());
        }
        place.forget(); // given back by `take`
        state.items.push_back(item);
        let wake = state.waiting > 0;
        drop(state);
        self.meter.joined(1);
        if wake {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Waits for the next item, for ever or for `timeout`. What was queued before closing is still handed out.
    pub(crate) fn pop(&self, timeout: Option<Duration>) -> Popped<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = self.take(&mut state) {
                return Popped::Item(item);
            }
            if state.closed {
                return Popped::Closed;
            }
            state.waiting += 1;
            let timed_out;
            (state, timed_out) = match timeout {
                Some(limit) => {
                    let (state, outcome) =
                        self.ready.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner);
                    (state, outcome.timed_out())
                }
                None => (self.ready.wait(state).unwrap_or_else(PoisonError::into_inner), false),
            };
            state.waiting -= 1;
            if timed_out && state.items.is_empty() {
                return Popped::Nothing;
            }
        }
    }

    /// The next item if one is there.
    pub(crate) fn try_pop(&self) -> Option<T> {
        self.take(&mut self.lock())
    }

    /// Notes how long an item waited that was taken out.
    pub(crate) fn waited(&self, time: Duration) {
        self.meter.waited(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.room.close();
        self.ready.notify_all();
    }

    fn take(&self, state: &mut State<T>) -> Option<T> {
        let item = state.items.pop_front()?;
        self.room.add_permits(1);
        self.meter.left(1);
        Some(item)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::ErrorKind;

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_is_unavailable_after_its_patience() {
        let queue = Queue::new("test", 1, Duration::from_secs(2));
        queue.push(1).await.unwrap();
        let error = queue.push(2).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.retry_after().is_some());
        assert_eq!(queue.try_pop(), Some(1));
        queue.push(3).await.unwrap();
        assert_eq!(queue.len(), 1);
    }

    #[tokio::test]
    async fn what_was_queued_before_closing_is_handed_out() {
        let queue = Queue::new("test", 4, Duration::from_secs(1));
        queue.push(1).await.unwrap();
        queue.close();
        assert_eq!(queue.push(2).await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert!(matches!(queue.pop(None), Popped::Item(1)));
        assert!(matches!(queue.pop(None), Popped::Closed));
    }
}
