use std::sync::Arc;

use jarvis_engine::Engine;

use crate::{Metrics, Readiness, ServerOptions, routes::service::health::HealthCache};

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) engine: Arc<Engine>,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Metrics,
    pub(crate) admin_token: Option<String>,
    pub(crate) health: HealthCache,
}

impl App {
    pub(crate) fn new(engine: Arc<Engine>, options: ServerOptions, readiness: Readiness) -> Self {
        Self(Arc::new(Parts {
            engine,
            readiness,
            metrics: options.metrics,
            admin_token: options.admin_token,
            health: HealthCache::default(),
        }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
