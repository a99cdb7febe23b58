use std::time::Duration;

use tokio::net::TcpListener;

use super::tls::Tls;
use crate::Settings;

/// A door: where connections come in, and what is asked of them.
#[derive(Debug)]
pub struct Listening {
    /// Bound already.
    pub listener: TcpListener,
    /// Makes it speak TLS.
    pub tls: Option<Tls>,
    /// What one connection may cost.
    pub limits: ConnectionLimits,
    /// Tells which addresses may have any number of connections: those of proxies, and loopback ones unless they are
    /// limited too.
    pub settings: Option<Settings>,
}

impl From<TcpListener> for Listening {
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None, limits: ConnectionLimits::default(), settings: None }
    }
}

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Connections at once that carry requests; more wait in the listener's queue. WebSockets are counted apart.
    pub max: usize,
    /// Connections at once from one address, WebSockets included; `None` is no limit.
    pub per_address: Option<usize>,
    /// Longest a client may take to send a request's head, and longest an idle connection is kept.
    pub head_timeout: Duration,
    /// Longest a client may take nothing of an answer that waits for it.
    pub stall_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        let half_a_minute = Duration::from_secs(30);
        Self { max: 4_096, per_address: None, head_timeout: half_a_minute, stall_timeout: half_a_minute }
    }
}
