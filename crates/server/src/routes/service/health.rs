use std::sync::{Arc, PoisonError, RwLock};

use axum::{extract::State, http::StatusCode};
use bytes::Bytes;
use jarvis_core::{Result, ports::HealthStatus};
use jarvis_engine::HealthReport;

use crate::{access::Identity, error::ApiResult, respond, state::App, wire::Health};

/// The last report and its bytes: the engine answers the same report for a second, and probes come by the thousand.
#[derive(Default)]
pub(crate) struct HealthCache {
    whole: Kept,
    bare: Kept,
}

#[derive(Default)]
struct Kept(RwLock<Option<(Arc<HealthReport>, Bytes)>>);

impl HealthCache {
    fn bytes(&self, report: &Arc<HealthReport>, sees_the_whole: bool) -> Result<Bytes> {
        if sees_the_whole {
            self.whole.bytes(report, || respond::encode(&Health::from(&**report), 1024))
        } else {
            self.bare.bytes(report, || respond::encode(&Health::from(&report.without_figures()), 1024))
        }
    }
}

impl Kept {
    fn bytes(&self, report: &Arc<HealthReport>, encode: impl FnOnce() -> Result<Bytes>) -> Result<Bytes> {
        if let Some((known, bytes)) = &*self.0.read().unwrap_or_else(PoisonError::into_inner)
            && Arc::ptr_eq(known, report)
        {
            return Ok(bytes.clone());
        }
        let bytes = encode()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(report), bytes.clone()));
        Ok(bytes)
    }
}

/// How everything is doing
///
/// Real checks, at most once a second. What the parts count is for administrators where people log in.
#[utoipa::path(
    get, path = "/health", tag = "service", operation_id = "health",
    responses(
        (status = 200, description = "Healthy, or degraded: it works, with a loss", body = Health),
        (status = 503, description = "Unhealthy: the store does not work", body = Health),
    ),
)]
pub(crate) async fn handler(State(app): State<App>, identity: Identity) -> ApiResult {
    let report = app.engine.health.report().await;
    let status =
        if report.status == HealthStatus::Unhealthy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok(respond::json_bytes(status, app.health.bytes(&report, identity.sees_the_whole())?))
}
