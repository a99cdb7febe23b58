use std::{sync::Arc, time::Duration};

use jarvis_engine::Engine;

use crate::{Metrics, Readiness, ServerOptions, routes::service::health::HealthCache, ws::Sockets};

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
}

impl App {
    pub(crate) fn new(engine: Arc<Engine>, options: ServerOptions, readiness: Readiness) -> Self {
        Self(Arc::new(Parts {
            engine,
            readiness,
            metrics: options.metrics,
            admin_token: options.admin_token,
            request_timeout: options.request_timeout,
            health: HealthCache::default(),
            sockets: Sockets::new(options.sockets),
        }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
