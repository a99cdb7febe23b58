use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use jarvis_core::{
    ErrorKind,
    observe::{InUse, PoolMeter},
};
use metrics::{Counter, counter, describe_counter};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::{
    options::{ConnectionLimits, Listening},
    places::{Place, Places},
    stall::Stall,
    tls::Tls,
};
use crate::{
    Settings,
    error::{ErrorBody, whole_seconds},
};

/// Wait after the operating system had no socket for us.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// Longest that a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What a TLS connection begins with.
const TLS_RECORD: u8 = 0x16;
const REFUSED: &str = "jarvis_connections_refused_total";

/// Lets connections in, one after the other.
pub(super) struct Door {
    listener: TcpListener,
    pub(super) tls: Option<Tls>,
    limits: ConnectionLimits,
    settings: Option<Settings>,
    slots: Arc<Semaphore>,
    places: Places,
    crowded: Counter,
    connections: PoolMeter,
}

/// A connection that came in.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) address: IpAddr,
    /// Counts it among those that carry requests.
    pub(super) slot: OwnedSemaphorePermit,
    /// Counts it for its address, for as long as it is open.
    pub(super) place: Option<Place>,
    /// Counts it among those that are measured.
    pub(super) in_use: InUse,
}

impl Door {
    pub(super) fn new(listening: Listening) -> Self {
        let Listening { listener, tls, limits, settings } = listening;
        describe_counter!(REFUSED, "Connections that were refused, by reason.");
        let slots = Arc::new(Semaphore::new(limits.max.min(Semaphore::MAX_PERMITS)));
        let crowded = counter!(REFUSED, "reason" => "address");
        let connections = PoolMeter::new("connections", limits.max);
        Self { listener, tls, limits, settings, slots, places: Places::default(), crowded, connections }
    }

    /// The next connection; none when it is time to end.
    pub(super) async fn next(&self, shutdown: &CancellationToken) -> Option<Accepted> {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            connection = self.accept() => connection,
        }
    }

    async fn accept(&self) -> Option<Accepted> {
        let asked = Instant::now();
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        let waited = asked.elapsed();
        loop {
            match self.listener.accept().await {
                Ok((stream, from)) => {
                    let Ok(place) = self.place(from) else {
                        self.crowded.increment(1);
                        turn_away(&stream, self.tls.is_some());
                        continue;
                    };
                    // Answers are written whole: waiting to fill a packet only delays them.
                    let _ = stream.set_nodelay(true);
                    let in_use = self.connections.take(waited);
                    return Some(Accepted { stream, address: from.ip(), slot, place, in_use });
                }
                Err(error) => {
                    tracing::warn!(target: "http", %error, "no connection can be accepted; trying again");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }

    /// A place for one more connection from there, none where places are not counted; `Err` when there is none left.
    fn place(&self, from: SocketAddr) -> Result<Option<Place>, ()> {
        let address = from.ip().to_canonical();
        let Some(most) = self.limits.per_address else { return Ok(None) };
        let settings = self.settings.as_ref().map(Settings::load);
        let is_exempt = settings.is_some_and(|settings| {
            let policy = &settings.policy;
            policy.trusted_proxies.contains(address) || (address.is_loopback() && !policy.requests.loopback)
        });
        if is_exempt {
            return Ok(None);
        }
        self.places.take(address, most).map(Some).ok_or(())
    }
}

/// Says why, if that can be done without waiting, and closes.
fn turn_away(stream: &TcpStream, is_tls: bool) {
    if !is_tls {
        let error = ErrorKind::RateLimited
            .error("too many connections are open from your address; close some, or use them again")
            .with_code("too_many_connections")
            .with_retry_after(Duration::from_secs(1));
        let _ = stream.try_write(&plain_refusal("429 Too Many Requests", &error));
    }
}

/// An answer before there is anybody to write answers.
fn plain_refusal(status: &str, error: &jarvis_core::Error) -> Vec<u8> {
    let body = serde_json::to_string(&ErrorBody::new(error, "none")).unwrap_or_default();
    let length = body.len();
    let after = error.retry_after().map(|after| format!("retry-after: {}\r\n", whole_seconds(after)));
    let after = after.unwrap_or_default();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{after}\
         connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Agrees on keys. Bounded in time: whoever says nothing has nothing.
pub(super) async fn shake_hands(tls: &Tls, stream: Stall<TcpStream>) -> io::Result<TlsStream<Stall<TcpStream>>> {
    let agreed = tokio::time::timeout(HANDSHAKE, async {
        let mut first = [0];
        if stream.get_ref().peek(&mut first).await? == 1 && first[0] != TLS_RECORD {
            let error = ErrorKind::Malformed
                .error("this server speaks TLS only; ask it with https://")
                .with_code("tls_expected");
            let _ = stream.get_ref().try_write(&plain_refusal("400 Bad Request", &error));
            return Err(io::ErrorKind::InvalidData.into());
        }
        tls.acceptor().accept(stream).await
    });
    agreed.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
