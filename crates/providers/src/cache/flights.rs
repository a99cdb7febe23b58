//! One at a time for each key: whoever makes a value, and those who wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Keys of which somebody makes the value now. As many as there are callers, so it needs no bound of its own.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<Box<str>, Seats>>);

/// Those who want the same key.
#[derive(Debug)]
struct Seats {
    turns: Arc<Semaphore>,
    taken: usize,
}

/// The turn of one caller. The next one's begins when it is dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    // before the seat, so that who comes next finds the turn free
    _turn: OwnedSemaphorePermit,
    _seat: Seat,
}

/// A place among those who want the same key; the last one who leaves clears the key away.
#[derive(Debug)]
struct Seat {
    flights: Arc<Flights>,
    key: Box<str>,
}

impl Flights {
    /// Waits for the caller's turn; none when that takes longer than `patience`.
    pub(crate) async fn board(self: &Arc<Self>, key: &str, patience: Duration) -> Option<Flight> {
        let (seat, turns) = self.seat(key);
        let turn = timeout(patience, turns.acquire_owned()).await;
        // it is never closed
        let turn = turn.ok()?.ok()?;
        Some(Flight { _turn: turn, _seat: seat })
    }

    fn seat(self: &Arc<Self>, key: &str) -> (Seat, Arc<Semaphore>) {
        let mut all = self.all();
        let seats = all.entry(key.into()).or_insert_with(|| Seats { turns: Arc::new(Semaphore::new(1)), taken: 0 });
        seats.taken += 1;
        (Seat { flights: Arc::clone(self), key: key.into() }, Arc::clone(&seats.turns))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Box<str>, Seats>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.flights.all();
        if let Some(seats) = all.get_mut(&self.key) {
            seats.taken -= 1;
            if seats.taken == 0 {
                all.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_flies_the_others_wait_and_nothing_stays() {
        let flights = Arc::new(Flights::default());
        let first = flights.board("a", Duration::ZERO).await.unwrap();
        assert!(flights.board("b", Duration::ZERO).await.is_some());
        assert!(flights.board("a", Duration::from_secs(1)).await.is_none());
        let waiting = tokio::spawn({
            let flights = Arc::clone(&flights);
            async move { flights.board("a", Duration::from_mins(1)).await.is_some() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap());
        assert!(flights.all().is_empty());
    }
}
