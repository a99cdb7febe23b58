use jarvis_core::{Scope, Timestamp};
use jarvis_engine::{HealthReport, StatsReport};
use serde::{Serialize, Serializer, ser::SerializeMap};
use utoipa::ToSchema;
use uuid::Uuid;

use super::HealthStatus;
use crate::metrics::process_memory;

/// How everything is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health<'a> {
    status: HealthStatus,
    #[schema(value_type = String)]
    version: &'static str,
    uptime_secs: u64,
    #[schema(inline)]
    memory_usage: MemoryUsage,
    /// Each part by name: `database`, `memory`, `search`, `llm`.
    #[serde(serialize_with = "services")]
    #[schema(value_type = BTreeMap<String, ServiceHealth>)]
    services: &'a HealthReport,
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

/// Resident memory of the server, memory of the machine, in MiB; zero where the system does not tell.
#[derive(Serialize, ToSchema)]
struct MemoryUsage {
    used_mb: f64,
    total_mb: f64,
    /// `used_mb` of `total_mb`, in percent.
    percentage: f64,
}

impl<'a> From<&'a HealthReport> for Health<'a> {
    fn from(report: &'a HealthReport) -> Self {
        let memory = process_memory().unwrap_or_default();
        let mebibytes = |bytes: u64| (bytes as f64 / f64::from(1 << 20) * 10.0).round() / 10.0;
        let percentage = if memory.total == 0 { 0.0 } else { memory.used as f64 / memory.total as f64 * 100.0 };
        Self {
            status: report.status.into(),
            version: env!("CARGO_PKG_VERSION"),
            uptime_secs: report.uptime.as_secs(),
            memory_usage: MemoryUsage {
                used_mb: mebibytes(memory.used),
                total_mb: mebibytes(memory.total),
                percentage: (percentage * 100.0).round() / 100.0,
            },
            services: report,
            timestamp: report.at,
        }
    }
}

/// The answer of one check.
#[derive(Serialize, ToSchema)]
struct ServiceHealth<'a> {
    status: HealthStatus,
    response_time_ms: f64,
    #[schema(value_type = String, format = DateTime)]
    last_check: Timestamp,
    /// What is wrong and what to do, when something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// What the part counts: rows, bytes, lag. Absent where people log in, but for administrators.
    #[serde(flatten, serialize_with = "figures")]
    #[schema(value_type = BTreeMap<String, u64>)]
    figures: &'a [(&'static str, u64)],
}

fn services<S: Serializer>(report: &HealthReport, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(report.services.len()))?;
    for part in &report.services {
        let health = &part.health;
        let body = ServiceHealth {
            status: health.status.into(),
            response_time_ms: health.response_time.as_micros() as f64 / 1e3,
            last_check: report.at,
            error: health.error.as_deref(),
            figures: &health.figures,
        };
        map.serialize_entry(part.name, &body)?;
    }
    map.end()
}

fn figures<S: Serializer>(figures: &[(&'static str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(figures.iter().copied())
}

/// What a person has, and the sizes of the whole.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stats {
    #[schema(inline)]
    user: UserStats,
    /// Of everybody; absent for people who do not administer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    store: Option<StoreStats>,
    /// Texts that search can find, of everybody; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    indexed: Option<u64>,
}

impl Stats {
    /// Without what is about everybody.
    pub(crate) fn of_one(self) -> Self {
        Self { store: None, indexed: None, ..self }
    }
}

#[derive(Serialize, ToSchema)]
struct UserStats {
    /// None when there is nobody of that name, yet or any more.
    user_id: Option<Uuid>,
    /// The bin included.
    conversations: u64,
    messages: u64,
    memories: u64,
    /// Tokens of every message ever stored.
    tokens: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct StoreStats {
    users: u64,
    conversations: u64,
    messages: u64,
    memories: u64,
    /// Bytes of the database on disk.
    bytes: u64,
}

impl From<&StatsReport> for Stats {
    fn from(report: &StatsReport) -> Self {
        let StatsReport { user, totals, indexed } = report;
        Self {
            user: UserStats {
                user_id: (Scope::of(user.user_id) != Scope::nobody()).then(|| *user.user_id.as_uuid()),
                conversations: user.conversations,
                messages: user.messages,
                memories: user.memories,
                tokens: user.tokens,
                updated_at: user.updated_at,
            },
            store: Some(StoreStats {
                users: totals.users,
                conversations: totals.conversations,
                messages: totals.messages,
                memories: totals.memories,
                bytes: totals.bytes,
            }),
            indexed: Some(*indexed),
        }
    }
}

/// How far a rebuild of the indexes has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReindexProgress {
    /// Whether one is asked for or running.
    running: bool,
    /// Texts put into the index so far.
    done: u64,
    /// Texts in the store when it began.
    total: u64,
    /// Rebuilds finished since the start of the server.
    finished: u64,
    /// Why the one that runs does not get on, if it does not; it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<&jarvis_engine::ReindexProgress> for ReindexProgress {
    fn from(progress: &jarvis_engine::ReindexProgress) -> Self {
        let jarvis_engine::ReindexProgress { running, done, total, finished, trouble } = progress.clone();
        Self { running, done, total, finished, error: trouble }
    }
}

/// What was removed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {
    pub(crate) id: Uuid,
    /// Always true.
    pub(crate) deleted: bool,
}

/// What this server is and where to go on.
#[derive(Serialize, ToSchema)]
pub(crate) struct About {
    #[schema(value_type = String)]
    pub(crate) name: &'static str,
    #[schema(value_type = String)]
    pub(crate) version: &'static str,
    /// The API, for people.
    pub(crate) docs: String,
    /// The API, for programs.
    pub(crate) openapi: String,
    pub(crate) health: String,
}
