mod door;
mod options;
mod places;
mod stall;
mod taken;
mod tls;

use std::{pin::pin, time::Duration};

use axum::Router;
use hyper::{
    Request,
    body::Incoming,
    header::UPGRADE,
    rt::{Read, Write},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use jarvis_core::Result;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Readiness, edge::Peer, metrics, readiness::Ending};
use door::{Accepted, Door, shake_hands};
pub use options::{ConnectionLimits, Listening};
use stall::Stall;
pub(crate) use taken::Taken;
pub use tls::{Tls, TlsIdentity};

/// Bytes of a request's head at most.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Serves until `shutdown`, then: `readiness` drains (so `/ready` answers 503, streams end and WebSockets are closed), no
/// connection is accepted any more, and what runs has `drain` to end. A connection that is open after that is cut, and a WebSocket is
/// waited for no longer. Answers when all is over.
pub async fn serve(
    listening: impl Into<Listening>,
    router: Router,
    readiness: Readiness,
    shutdown: CancellationToken,
    drain: Duration,
) -> Result<()> {
    let listening = listening.into();
    tokio::spawn(metrics::keep_up(shutdown.clone()));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(listening.limits.head_timeout).max_buf_size(MAX_HEAD_BYTES);
    // For pieces as small as a token the system copies faster from one buffer than it gathers from several.
    http.writev(false);
    let patience = listening.limits.stall_timeout;
    let door = Door::new(listening);
    let service = TowerToHyperService::new(router);
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    while let Some(Accepted { stream, address, slot, place, in_use }) = door.next(&shutdown).await {
        let taken = Taken::default();
        let stream = Stall::new(stream, patience, taken.clone(), place);
        let peer = Peer { address, is_tls: door.tls.is_some() };
        let connection = Connection { http: http.clone(), service: service.clone(), peer, taken };
        let (tls, mut ending, cut) = (door.tls.clone(), readiness.ending(), cut.clone());
        connections.spawn(async move {
            match tls {
                None => connection.run(TokioIo::new(stream), ending, cut).await,
                Some(tls) => {
                    let secured = tokio::select! {
                        biased;
                        () = ending.begun() => return,
                        secured = shake_hands(&tls, stream) => secured,
                    };
                    match secured {
                        Ok(stream) => connection.run(TokioIo::new(stream), ending, cut).await,
                        // A client that does not trust us, or is none, is its own business.
                        Err(error) => tracing::debug!(target: "http", %error, "no TLS connection came about"),
                    }
                }
            }
            // What became a WebSocket is counted there from now on.
            drop((slot, in_use));
        });
    }
    drop(door);
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

/// One connection on its way to the routes.
struct Connection {
    http: http1::Builder,
    service: TowerToHyperService<Router>,
    peer: Peer,
    taken: Taken,
}

impl Connection {
    async fn run(self, io: impl Read + Write + Unpin + Send + 'static, mut ending: Ending, cut: CancellationToken) {
        let Self { http, service, peer, taken } = self;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            // A WebSocket outlives the connection here and measures its client's patience itself.
            if request.headers().contains_key(UPGRADE) {
                request.extensions_mut().insert(taken.clone());
            }
            service.call(request)
        });
        let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
        tokio::select! {
            biased;
            // A client that breaks off is its own business; what failed in a request was logged there.
            _ = connection.as_mut() => {}
            () = ending.begun() => {
                connection.as_mut().graceful_shutdown();
                let _ = cut.run_until_cancelled(connection).await;
            }
        }
    }
}
