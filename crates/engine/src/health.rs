use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jarvis_core::{
    Scope, Timestamp,
    ports::{Health, HealthStatus},
};
use tokio::sync::Mutex;

use crate::{ReindexProgress, context::Context};

/// How long a report is shown again instead of asking anew: a busy probe must not become load.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// Longest any one check may take.
const CHECK_DEADLINE: Duration = Duration::from_secs(2);
/// Changes the text index may lag behind before that is worth a warning.
const TOLERATED_LAG: u64 = 5_000;

/// How everything is doing.
#[derive(Debug)]
pub struct HealthReporter {
    context: Context,
    started: Instant,
    last: Mutex<Option<(Instant, Arc<HealthReport>)>>,
}

/// The answers of all checks.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthReport {
    /// The verdict: unhealthy without the store, degraded when anything else is not healthy.
    pub status: HealthStatus,
    /// Since the start.
    pub uptime: Duration,
    /// When it was asked.
    pub at: Timestamp,
    /// Each part, by name.
    pub services: Vec<ServiceHealth>,
}

impl HealthReport {
    /// The same without what the parts count, which tells how much everybody has together.
    #[must_use]
    pub fn without_figures(&self) -> Self {
        let mut bare = self.clone();
        for service in &mut bare.services {
            service.health.figures.clear();
        }
        bare
    }
}

/// The answer of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceHealth {
    /// `database`, `memory`, `search`, `vectors`, `llm`; between nodes also `bus` and `cache`.
    pub name: &'static str,
    /// Its answer.
    pub health: Health,
}

impl HealthReport {
    /// Whether the store answers, but takes no writes.
    pub fn is_read_only(&self) -> bool {
        self.services.iter().any(|service| service.name == "database" && service.health.is_read_only())
    }
}

impl HealthReporter {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, started: Instant::now(), last: Mutex::new(None) }
    }

    /// Asks every part, at most once a second; callers that come together share one answer.
    pub async fn report(&self) -> Arc<HealthReport> {
        let mut last = self.last.lock().await;
        if let Some((asked, report)) = &*last
            && asked.elapsed() < FRESH_FOR
        {
            return Arc::clone(report);
        }
        let report = Arc::new(self.ask().await);
        *last = Some((Instant::now(), Arc::clone(&report)));
        report
    }

    async fn ask(&self) -> HealthReport {
        let ports = &self.context.ports;
        let (database, memory, search, vectors, llm) = tokio::join!(
            within_deadline(ports.store.check()),
            within_deadline(self.memory()),
            within_deadline(self.search()),
            within_deadline(self.vectors()),
            within_deadline(ports.model.check()),
        );
        let mut services = vec![
            ServiceHealth { name: "database", health: database },
            ServiceHealth { name: "memory", health: memory },
            ServiceHealth { name: "search", health: search },
            ServiceHealth { name: "vectors", health: vectors },
            ServiceHealth { name: "llm", health: llm },
        ];
        if self.context.nodes.is_shared {
            let (bus, cache) = tokio::join!(within_deadline(ports.bus.check()), within_deadline(ports.cache.check()));
            services
                .extend([ServiceHealth { name: "bus", health: bus }, ServiceHealth { name: "cache", health: cache }]);
        }
        let status = verdict(&services);
        HealthReport { status, uptime: self.started.elapsed(), at: self.context.now(), services }
    }

    /// Memory is what the store holds; its check is reading the counters.
    async fn memory(&self) -> Health {
        let asked = Instant::now();
        match self.context.ports.store.stats().totals(&Scope::system()).await {
            Ok(totals) => Health::healthy(asked.elapsed())
                .with_figure("conversations", totals.conversations)
                .with_figure("messages", totals.messages)
                .with_figure("memories", totals.memories)
                .with_figure("bytes", totals.bytes),
            Err(error) => Health::unhealthy(asked.elapsed(), error.to_string()),
        }
    }

    /// The index itself, and whether it keeps up with the store.
    async fn search(&self) -> Health {
        let health = self.context.ports.text.check().await;
        let rebuild = self.context.indexes.text.progress().borrow().clone();
        if let Some(health) = made_again(&health, &rebuild) {
            return health;
        }
        match self.context.indexes.text.lag().await {
            Ok(lag) if lag > TOLERATED_LAG && health.status == HealthStatus::Healthy => {
                let error = format!("the text index is {lag} changes behind; recent texts may not be found yet");
                Health::degraded(health.response_time, error).with_figure("lag", lag)
            }
            Ok(lag) => health.with_figure("lag", lag),
            Err(_) => health,
        }
    }

    /// The index of vectors, the model that fills it, and how far it is behind: a model may be slow, and nobody waits.
    async fn vectors(&self) -> Health {
        let vectors = &self.context.vectors;
        let (index, model) = tokio::join!(vectors.index().check(), vectors.check_model());
        let health = if index.status == HealthStatus::Healthy { model } else { index };
        let rows = async { vectors.collection().await?.count().await };
        match tokio::join!(self.context.indexes.vectors.lag(), rows) {
            (Ok(lag), Ok(rows)) => health.with_figure("vectors", rows).with_figure("lag", lag),
            _ => health,
        }
    }
}

/// What is said of a sound index while it is made again.
fn made_again(index: &Health, rebuild: &ReindexProgress) -> Option<Health> {
    let is_sound = rebuild.running && index.status == HealthStatus::Healthy;
    is_sound.then(|| {
        Health::degraded(index.response_time, "the text index is being made again; until then searches find a part")
            .with_figure("done", rebuild.done)
            .with_figure("total", rebuild.total)
    })
}

async fn within_deadline(check: impl Future<Output = Health>) -> Health {
    match tokio::time::timeout(CHECK_DEADLINE, check).await {
        Ok(health) => health,
        Err(_) => Health::unhealthy(CHECK_DEADLINE, "no answer within two seconds"),
    }
}

fn verdict(services: &[ServiceHealth]) -> HealthStatus {
    let store_down =
        services.iter().any(|service| service.name == "database" && service.health.status == HealthStatus::Unhealthy);
    if store_down {
        return HealthStatus::Unhealthy;
    }
    let all_well = services.iter().all(|service| service.health.status == HealthStatus::Healthy);
    if all_well { HealthStatus::Healthy } else { HealthStatus::Degraded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &'static str, status: HealthStatus) -> ServiceHealth {
        let health = Health { status, response_time: Duration::ZERO, error: None, figures: Vec::new() };
        ServiceHealth { name, health }
    }

    #[test]
    fn an_index_that_is_made_again_is_not_called_sound() {
        let index = Health::healthy(Duration::ZERO);
        let rebuild = ReindexProgress { running: true, done: 2, total: 5, ..ReindexProgress::default() };
        let told = made_again(&index, &rebuild).unwrap();
        assert_eq!((told.status, &told.figures[..]), (HealthStatus::Degraded, &[("done", 2), ("total", 5)][..]));
        assert_eq!(made_again(&index, &ReindexProgress { running: false, ..rebuild.clone() }), None);
        let broken = Health::unhealthy(Duration::ZERO, "its disk is gone");
        assert_eq!(made_again(&broken, &rebuild), None, "worse is told first");
    }

    #[test]
    fn only_the_store_makes_it_unhealthy() {
        use HealthStatus::{Degraded, Healthy, Unhealthy};
        assert_eq!(verdict(&[service("database", Healthy), service("llm", Healthy)]), Healthy);
        assert_eq!(verdict(&[service("database", Healthy), service("llm", Unhealthy)]), Degraded);
        assert_eq!(verdict(&[service("database", Unhealthy), service("llm", Healthy)]), Unhealthy);
    }
}
