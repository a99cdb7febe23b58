use std::time::Duration;

use crate::{Metrics, SocketOptions};

/// What the server may be told.
#[derive(Clone)]
pub struct ServerOptions {
    /// Longest a request may take until its answer begins; a stream that has begun is not cut. An upload may take longer
    /// and is cut when nothing comes for this long.
    pub request_timeout: Duration,
    /// Web origins, besides loopback ones, whose pages may call the API: `https://example.org`.
    pub allowed_origins: Vec<String>,
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
            .field("allowed_origins", &self.allowed_origins)
            .field("sockets", &self.sockets)
            .field("admin_token", &self.admin_token.as_ref().map(|_| "redacted"))
            .finish_non_exhaustive()
    }
}
