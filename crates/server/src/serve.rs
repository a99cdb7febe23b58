mod stall;
mod taken;

use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{
    Request,
    body::Incoming,
    header::UPGRADE,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use jarvis_core::Result;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Readiness, access::ClientAddress, metrics};
use stall::Stall;
pub(crate) use taken::Taken;

/// Connections at once that carry requests; more wait in the listener's queue. WebSockets are counted apart.
const MAX_CONNECTIONS: usize = 4_096;
/// Longest a client may take to send a request's head, and longest an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a request's head at most.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Longest a client may take nothing of an answer that waits for it.
const WRITE_STALL: Duration = Duration::from_secs(30);
/// Wait after the operating system had no socket for us.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves until `shutdown`, then: `readiness` drains (so `/ready` answers 503, streams end and WebSockets are closed), no
/// connection is accepted any more, and what runs has `drain` to end. A connection that is open after that is cut, and a WebSocket is
/// waited for no longer. Answers when all is over.
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
    // For pieces as small as a token the system copies faster from one buffer than it gathers from several.
    http.writev(false);
    let connections = TaskTracker::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let cut = CancellationToken::new();
    while let Some((stream, address, slot)) = accept(&listener, &slots, &shutdown).await {
        let taken = Taken::default();
        let io = TokioIo::new(Stall::new(stream, WRITE_STALL, taken.clone()));
        let service = service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            // A WebSocket outlives the connection here and measures its client's patience itself.
            request.extensions_mut().insert(ClientAddress(address));
            if request.headers().contains_key(UPGRADE) {
                request.extensions_mut().insert(taken.clone());
            }
            service.call(request)
        });
        let connection = http.serve_connection(io, service).with_upgrades();
        let (mut ending, cut) = (readiness.ending(), cut.clone());
        connections.spawn(async move {
            let mut connection = pin!(connection);
            tokio::select! {
                biased;
                // A client that breaks off is its own business; what failed in a request was logged there.
                _ = connection.as_mut() => {}
                () = ending.begun() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = cut.run_until_cancelled(connection).await;
                }
            }
            // What became a WebSocket is counted there from now on.
            drop(slot);
        });
    }
    drop(listener);
    readiness.drain();
    connections.close();
    let over = async { tokio::join!(connections.wait(), readiness.sockets_closed()) };
    if tokio::time::timeout(drain, over).await.is_err() {
        tracing::warn!(target: "http", "requests were cut, or WebSockets left, at the end of the time to drain");
    }
    cut.cancel();
    connections.wait().await;
    Ok(())
}

/// The next connection; none when it is time to end.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let next = async {
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are written whole: waiting to fill a packet only delays them.
                    let _ = stream.set_nodelay(true);
                    return Some((stream, peer.ip(), slot));
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
