mod stall;

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use jarvis_core::Result;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;

use crate::{Readiness, metrics};
use stall::Stall;

/// Connections at once; more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 4_096;
/// Longest a client may take to send a request's head, and longest an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a request's head at most.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Longest a client may take nothing of an answer that waits for it.
const WRITE_STALL: Duration = Duration::from_secs(30);
/// Wait after the operating system had no socket for us.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves until `shutdown`, then: `readiness` drains (so `/ready` answers 503 and streams end), no connection is accepted
/// any more, and requests that run have `drain` to end; what is open after that is cut. Answers when all is over.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    readiness: Readiness,
    shutdown: CancellationToken,
    drain: Duration,
) -> Result<()> {
    tokio::spawn(metrics::keep_up(shutdown.clone()));
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD_BYTES);
    let connections = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let cut = CancellationToken::new();
    while let Some((stream, slot)) = accept(&listener, &slots, &shutdown).await {
        let io = TokioIo::new(Stall::new(stream, WRITE_STALL));
        let connection = connections.watch(http.serve_connection(io, service.clone()));
        let cut = cut.clone();
        tokio::spawn(async move {
            tokio::select! {
                // A client that breaks off is its own business; what failed in a request was logged there.
                _ = connection => {}
                () = cut.cancelled() => {}
            }
            drop(slot);
        });
    }
    drop(listener);
    readiness.drain();
    if tokio::time::timeout(drain, connections.shutdown()).await.is_err() {
        tracing::warn!(target: "http", "requests still ran at the end of the time to drain and were cut");
    }
    cut.cancel();
    // Once every slot is back, no connection lives.
    let _ = slots.acquire_many(MAX_CONNECTIONS as u32).await;
    Ok(())
}

/// The next connection; none when it is time to end.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let next = async {
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Answers are written whole: waiting to fill a packet only delays them.
                    let _ = stream.set_nodelay(true);
                    return Some((stream, slot));
                }
                Err(error) => {
                    tracing::warn!(target: "http", %error, "no connection can be accepted; trying again");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        connection = next => connection,
    }
}
