use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

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

    /// Where WebSockets run.
    pub(crate) fn sockets(&self) -> &TaskTracker {
        &self.0.sockets
    }

    /// Waits until no WebSocket is open; after [`Readiness::drain`].
    pub(crate) async fn sockets_closed(&self) {
        self.0.sockets.close();
        self.0.sockets.wait().await;
    }

    /// Waits for the beginning of the end.
    pub async fn draining(&self) {
        self.0.draining.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
