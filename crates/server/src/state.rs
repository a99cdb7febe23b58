use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use jarvis_engine::Engine;

use crate::{
    Metrics, Readiness, Reload, ServerOptions, access::QueryNames, edge::Allowances,
    routes::service::health::HealthCache, ws::Sockets,
};

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) engine: Arc<Engine>,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Metrics,
    pub(crate) admin_token: Option<String>,
    /// Longest a request may take, and longest an upload may stall.
    pub(crate) request_timeout: Duration,
    pub(crate) health: HealthCache,
    pub(crate) sockets: Sockets,
    pub(crate) allowances: Arc<Allowances>,
    pub(crate) query_names: QueryNames,
    /// What stands before every path; empty at the root.
    pub(crate) base_path: String,
    /// The OpenAPI document, written when it is first asked for: a start should not wait for it.
    pub(crate) document: OnceLock<Bytes>,
    pub(crate) body_patience: Duration,
    pub(crate) reload: Option<Arc<dyn Reload>>,
}

impl App {
    pub(crate) fn new(
        engine: Arc<Engine>,
        options: ServerOptions,
        readiness: Readiness,
        allowances: Arc<Allowances>,
        query_names: QueryNames,
    ) -> Self {
        Self(Arc::new(Parts {
            engine,
            readiness,
            metrics: options.metrics,
            admin_token: options.admin_token,
            request_timeout: options.request_timeout,
            health: HealthCache::default(),
            sockets: Sockets::new(options.sockets),
            allowances,
            query_names,
            base_path: options.base_path,
            document: OnceLock::new(),
            body_patience: options.body_patience,
            reload: options.reload,
        }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
