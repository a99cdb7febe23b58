use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFutureOwned},
    task::TaskTracker,
};

/// The switch behind `/ready`, shared by whoever starts and stops the server. It only moves forward: starting, ready,
/// draining.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    ready: AtomicBool,
    draining: CancellationToken,
    /// Open WebSockets: the accept loop does not see them, and the end waits for them.
    sockets: TaskTracker,
}

/// Where a server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not yet open for traffic.
    Starting,
    /// Open.
    Ready,
    /// Ending: what runs may finish, nothing new should come.
    Draining,
}

impl Readiness {
    /// A server that is starting.
    pub fn starting() -> Self {
        Self::default()
    }

    /// Opens for traffic.
    pub fn set_ready(&self) {
        self.0.ready.store(true, Ordering::Release);
    }

    /// Begins the end: `/ready` answers 503 and streams end.
    pub fn drain(&self) {
        self.0.draining.cancel();
    }

    /// Where the server is.
    pub fn phase(&self) -> Phase {
        if self.0.draining.is_cancelled() {
            Phase::Draining
        } else if self.0.ready.load(Ordering::Acquire) {
            Phase::Ready
        } else {
            Phase::Starting
        }
    }

    /// Where WebSockets run; one that is being opened holds a token of it.
    pub(crate) fn sockets(&self) -> &TaskTracker {
        &self.0.sockets
    }

    /// Waits until no WebSocket is open; after [`Readiness::drain`].
    pub(crate) async fn sockets_closed(&self) {
        self.0.sockets.close();
        self.0.sockets.wait().await;
    }

    /// The same for who waits for something else most of the time.
    pub(crate) fn ending(&self) -> Ending {
        Ending([self.0.draining.clone().cancelled_owned()].into_iter().collect())
    }

    /// Waits for the beginning of the end.
    pub async fn draining(&self) {
        self.0.draining.cancelled().await;
    }
}

/// The beginning of the end, as one of several things that a long life waits for. Whoever asks for it anew at each turn,
/// or only looks at it, takes locks that everybody shares; this one looks at them when it begins and when it is woken.
#[derive(Debug)]
pub(crate) struct Ending(FuturesUnordered<WaitForCancellationFutureOwned>);

impl Ending {
    /// Waits for it; nothing is lost when the future is dropped.
    pub(crate) async fn begun(&mut self) {
        self.0.next().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_is_noticed_by_who_began_to_wait_before() {
        use futures_util::FutureExt;
        let readiness = Readiness::starting();
        let mut ending = readiness.ending();
        for _ in 0..2 {
            assert!(ending.begun().now_or_never().is_none());
        }
        let waits = tokio::spawn(async move {
            ending.begun().await;
            ending
        });
        tokio::task::yield_now().await;
        readiness.drain();
        let mut ending = waits.await.unwrap();
        ending.begun().await;
        readiness.ending().begun().await;
    }

    #[test]
    fn it_only_moves_forward() {
        let readiness = Readiness::starting();
        assert_eq!(readiness.phase(), Phase::Starting);
        readiness.set_ready();
        assert_eq!(readiness.phase(), Phase::Ready);
        readiness.drain();
        readiness.set_ready();
        assert_eq!(readiness.phase(), Phase::Draining);
    }
}
