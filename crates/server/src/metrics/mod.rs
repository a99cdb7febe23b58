//! What `/metrics` shows: everything the product counts through the `metrics` facade, the process, and the store.

mod http;
mod process;

use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jarvis_core::{Error, Result, ports::HealthStatus};
use jarvis_engine::HealthReport;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

pub(crate) use http::{CLIENT_LEFT, HttpMetrics, InFlight, PROBES, RouteMetrics};
pub(crate) use process::memory as process_memory;

/// Upper bounds of histograms whose name ends with `_seconds`.
const LATENCY_BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Upper bounds of all other histograms, which count things.
const COUNT_BUCKETS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];

/// How often measurements are folded into their histograms; they would pile up when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// What the process has counted.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Held while installing: two threads that install at once must not both find nothing installed.
static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

/// Makes this process count, and answers what shows the counts. To be called before the engine starts: what was counted
/// earlier is lost. Calling it again answers the same.
pub fn install_metrics() -> Result<Metrics> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = &*installed {
        return Ok(metrics.clone());
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets(&COUNT_BUCKETS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS))
        .map_err(Error::internal)?
        .build_recorder();
    let metrics = Metrics(recorder.handle());
    metrics::set_global_recorder(recorder).map_err(|error| Error::internal(error.to_string()))?;
    *installed = Some(metrics.clone());
    Ok(metrics)
}

/// Folds measurements until `shutdown`.
pub(crate) async fn keep_up(shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(Metrics(handle)) = installed {
            handle.run_upkeep();
        }
    }
}

impl Metrics {
    /// The Prometheus text format, version 0.0.4.
    pub(crate) fn render(&self, health: &HealthReport) -> String {
        let mut text = self.0.render();
        process::write(&mut text);
        write_services(&mut text, health);
        text
    }
}

/// One gauge: name, help, value.
fn gauge(text: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}

fn write_services(text: &mut String, health: &HealthReport) {
    gauge(text, "jarvis_uptime_seconds", "Time since the start.", health.uptime.as_secs_f64());
    let _ = writeln!(text, "# HELP jarvis_service_health 1 healthy, 0.5 degraded, 0 unhealthy.");
    let _ = writeln!(text, "# TYPE jarvis_service_health gauge");
    for service in &health.services {
        let value = match service.health.status {
            HealthStatus::Healthy => "1",
            HealthStatus::Degraded => "0.5",
            HealthStatus::Unhealthy => "0",
        };
        let _ = writeln!(text, "jarvis_service_health{{service=\"{}\"}} {value}", service.name);
    }
    let _ = writeln!(text, "# HELP jarvis_service_figure What each service counts: rows, bytes, lag.");
    let _ = writeln!(text, "# TYPE jarvis_service_figure gauge");
    for service in &health.services {
        for (figure, value) in &service.health.figures {
            let _ = writeln!(text, "jarvis_service_figure{{service=\"{}\",figure=\"{figure}\"}} {value}", service.name);
        }
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}
