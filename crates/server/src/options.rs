use std::{sync::Arc, time::Duration};

use jarvis_core::ports::RateLimiter;

use crate::{Metrics, Reload, Settings, SocketOptions};

/// What the server may be told.
#[derive(Clone)]
pub struct ServerOptions {
    /// Longest a request may take until its answer begins; a stream that has begun is not cut. An upload may take longer
    /// and is cut when nothing comes for this long.
    pub request_timeout: Duration,
    /// What may change while the server runs.
    pub settings: Settings,
    /// Counts requests; nothing is limited without.
    pub limiter: Option<Arc<dyn RateLimiter>>,
    /// What stands before every path, such as `/jarvis`; empty at the root.
    pub base_path: String,
    /// Longest that nothing may come of a request's body; all of it must be there within four times as long.
    pub body_patience: Duration,
    /// What reads the configuration again; there is nothing to read without.
    pub reload: Option<Arc<dyn Reload>>,
    /// The bearer token of `/api/admin`; these routes refuse everybody when there is none.
    pub admin_token: Option<String>,
    /// How WebSockets are served.
    pub sockets: SocketOptions,
    /// What `/metrics` shows; see [`install_metrics`](crate::install_metrics).
    pub metrics: Metrics,
}

impl std::fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerOptions")
            .field("request_timeout", &self.request_timeout)
            .field("settings", &self.settings)
            .field("base_path", &self.base_path)
            .field("sockets", &self.sockets)
            .field("admin_token", &self.admin_token.as_ref().map(|_| "redacted"))
            .finish_non_exhaustive()
    }
}
