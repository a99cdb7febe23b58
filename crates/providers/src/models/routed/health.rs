use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jarvis_core::ports::{Health, HealthStatus};

use super::Provider;

/// One provider that hangs must not keep the others from being told of.
const DEADLINE: Duration = Duration::from_millis(1_800);

/// Healthy when all are, degraded when some are, unhealthy when none is. A spare counts only when there is nothing else.
pub(super) async fn check<'a>(providers: impl Iterator<Item = &'a Provider>) -> Health {
    let asked = Instant::now();
    let (spares, mut counted): (Vec<_>, Vec<_>) = providers.partition(|provider| provider.is_spare);
    if counted.is_empty() {
        counted = spares;
    }
    let checks = counted.iter().map(async |provider| {
        let late = |_| Health::unhealthy(DEADLINE, "no answer in time");
        (provider.name, tokio::time::timeout(DEADLINE, provider.model.check()).await.unwrap_or_else(late))
    });
    let told = join_all(checks).await;
    let errors: Vec<String> =
        told.iter().filter_map(|(name, health)| Some(format!("{name}: {}", health.error.as_ref()?))).collect();
    let is = |status| told.iter().all(|(_, health)| health.status == status);
    let health = if is(HealthStatus::Healthy) {
        Health::healthy(asked.elapsed())
    } else if is(HealthStatus::Unhealthy) {
        Health::unhealthy(asked.elapsed(), errors.join("; "))
    } else {
        Health::degraded(asked.elapsed(), errors.join("; "))
    };
    let working = told.iter().filter(|(_, health)| health.status != HealthStatus::Unhealthy).count();
    health.with_figure("providers", told.len() as u64).with_figure("answering", working as u64)
}
