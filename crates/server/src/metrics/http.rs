use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::Method;
use metrics::{Gauge, Histogram, describe_gauge, describe_histogram, gauge, histogram};

const SECONDS: &str = "jarvis_http_request_seconds";
const IN_FLIGHT: &str = "jarvis_http_requests_in_flight";
/// The route of everything that is none, and the method of everything that is none of ours: both label sets are bounded
/// whatever callers invent.
const UNMATCHED: &str = "unmatched";
const METHODS: [&str; 7] = ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "other"];
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "499"];
/// Of requests whose client left before there was an answer, as many proxies write it. A class of its own: nobody was refused.
pub(crate) const CLIENT_LEFT: u16 = 499;
/// Asked again and again by machines.
pub(crate) const PROBES: [&str; 4] = ["/health", "/health/live", "/ready", "/metrics"];

/// The meters of every route.
pub(crate) struct HttpMetrics {
    routes: HashMap<Box<str>, Arc<RouteMetrics>>,
    unmatched: Arc<RouteMetrics>,
    in_flight: Gauge,
}

/// The meters of one route. Each is made at its first use, so that `/metrics` lists what happened and nothing else, and
/// labels are never formatted twice.
pub(crate) struct RouteMetrics {
    template: Box<str>,
    probe: bool,
    seconds: [[OnceLock<Histogram>; CLASSES.len()]; METHODS.len()],
}

/// Counts a request until its answer begins.
pub(crate) struct InFlight(Gauge);

impl HttpMetrics {
    pub(crate) fn new(templates: impl Iterator<Item = String>) -> Self {
        describe_histogram!(SECONDS, metrics::Unit::Seconds, "Time until an answer begins, by route.");
        describe_gauge!(IN_FLIGHT, "Requests whose answer has not begun.");
        let route = |template: String| (template.clone().into(), Arc::new(RouteMetrics::new(&template)));
        Self {
            routes: templates.map(route).collect(),
            unmatched: Arc::new(RouteMetrics::new(UNMATCHED)),
            in_flight: gauge!(IN_FLIGHT),
        }
    }

    pub(crate) fn route(&self, template: Option<&str>) -> &Arc<RouteMetrics> {
        template.and_then(|template| self.routes.get(template)).unwrap_or(&self.unmatched)
    }

    pub(crate) fn enter(&self) -> InFlight {
        self.in_flight.increment(1.0);
        InFlight(self.in_flight.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl RouteMetrics {
    fn new(template: &str) -> Self {
        Self { template: template.into(), probe: PROBES.contains(&template), seconds: Default::default() }
    }

    pub(crate) fn template(&self) -> &str {
        &self.template
    }

    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    pub(crate) fn record(&self, method: &Method, status: u16, took: Duration) {
        let method = METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1);
        let class = if status == CLIENT_LEFT { CLASSES.len() } else { usize::from(status / 100).clamp(1, 5) } - 1;
        let meter = self.seconds[method][class].get_or_init(|| {
            let labels = [("route", self.template.to_string()), ("method", METHODS[method].to_owned())];
            histogram!(SECONDS, &[labels[0].clone(), labels[1].clone(), ("status", CLASSES[class].to_owned())])
        });
        meter.record(took);
    }
}
