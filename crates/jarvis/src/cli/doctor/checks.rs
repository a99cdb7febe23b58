//! What the doctor looks at.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use jarvis_core::ports::{Health, HealthStatus, MigrationState, SystemClock};
use jarvis_host::{Config, DatabaseTarget, Services, config::TlsConfig, fs, migrator, refuse_other_database};
use jarvis_server::TlsIdentity;
use serde::Deserialize;

use super::Check;
use crate::{
    output::bytes,
    remote::{Holder, Remote, find_holder, find_holder_of_data},
};

/// Below this much free space a warning is due: room for a copy of a small database and its log.
const LOW_SPACE: u64 = 1 << 30;
/// Below this much, writes are about to fail.
const NO_SPACE: u64 = 32 << 20;
/// Longest that the services are waited for when they are closed again.
const CLOSING: Duration = Duration::from_secs(10);

/// How everything is doing, from within or told by a server: name, verdict, what is wrong, figures.
type Parts = Vec<(String, bool, Option<String>, BTreeMap<String, u64>)>;

/// The form of `GET /health`, as far as it is looked at.
#[derive(Deserialize)]
struct Report {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    status: String,
    error: Option<String>,
    #[serde(flatten)]
    figures: BTreeMap<String, serde_json::Value>,
}

pub(super) async fn all(mut config: Config) -> Vec<Check> {
    // Looking must not change the schema.
    config.database.auto_migrate = false;
    let mut checks = vec![configuration(&config), directory(config.data_dir.path()), space(config.data_dir.path())];
    checks.extend(config.server.tls.as_ref().map(certificate));
    let is_missing = matches!(&config.database.target, DatabaseTarget::Sqlite(file) if !file.is_file());
    if is_missing || refuse_other_database(&config).is_err() {
        checks.extend(elsewhere(&config).await);
        return checks;
    }
    let is_file = matches!(config.database.target, DatabaseTarget::Sqlite(_));
    let (schema, is_ready) = schema(&config).await;
    checks.push(schema);
    // a server judges its own pages
    if is_file {
        checks.push(integrity(&config).await);
    }
    match find_holder(&config).await {
        Ok(Holder::Us(owner)) => {
            checks.push(Check::good("owner", "nobody has the data directory now"));
            if !is_ready {
                // why they do not open yet is said already
                checks.extend(jarvis_host::check_models(&config).await.into_iter().map(model));
                return checks;
            }
            match Services::open_owned(&config, owner).await {
                Ok(services) => checks.extend(parts(&within(&services).await, services.close(CLOSING).await.is_ok())),
                Err(error) => checks.push(Check::failed("services", &error.into())),
            }
        }
        Ok(Holder::Server(server)) => checks.extend(of_server(&server).await),
        Err(error) => checks.push(Check::failed("owner", &error)),
    }
    checks
}

/// Where the configured database is not there, or not what the data directory works on: a server may know better.
async fn elsewhere(config: &Config) -> Vec<Check> {
    match find_holder_of_data(config).await {
        Ok(Some(Holder::Server(server))) => {
            let served = server.database.as_deref().unwrap_or("another database");
            let summary = format!("the server works on {served}, and not on {}", config.database.target);
            let detail = "set DATABASE_URL (database.url) to it, with its password, to have its schema looked at too";
            let mut checks = vec![Check::warning("database", summary, detail)];
            checks.extend(of_server(&server).await);
            checks
        }
        Ok(_) => {
            let detail = "`jarvis serve` makes one at its first start";
            let mut checks = vec![Check::warning("database", "there is none yet", detail)];
            checks.extend(jarvis_host::check_models(config).await.into_iter().map(model));
            checks
        }
        Err(error) => vec![Check::failed("database", &error)],
    }
}

async fn of_server(server: &Remote) -> Vec<Check> {
    let mut checks = vec![Check::good("owner", format!("process {} serves {}", server.pid, server.url()))];
    match told(server).await {
        Ok(told) => checks.extend(parts(&told, true)),
        Err(error) => checks.push(Check::failed("services", &error)),
    }
    checks
}

fn configuration(config: &Config) -> Check {
    let given = config.settings().iter().filter(|setting| setting.origin != "default").count();
    match config.notices.as_slice() {
        [] => {
            let values = if given == 1 { "value" } else { "values" };
            Check::good("configuration", format!("acceptable, {given} {values} given"))
        }
        notices => Check::warning("configuration", "acceptable, but something has no effect", notices.join("\n  ")),
    }
}

/// A model server, asked itself: without a database there is nothing that could ask it for us.
fn certificate(files: &TlsConfig) -> Check {
    const NAME: &str = "certificate";
    match TlsIdentity::load(&files.cert, &files.key) {
        Ok(_) => Check::good(NAME, format!("{} with its key", files.cert.display())),
        Err(error) => Check::failed(NAME, &error.into()),
    }
}

fn model((name, health): (&'static str, Health)) -> Check {
    match health.error {
        None => Check::good("model", format!("{name} answers")),
        Some(error) => Check::bad("model", format!("{name} is not well"), vec![error]),
    }
}

fn directory(path: &Path) -> Check {
    const NAME: &str = "data directory";
    let shown = path.display().to_string();
    let metadata = match path.metadata() {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => return Check::bad(NAME, shown, vec!["it is no directory; choose another with --data-dir".to_owned()]),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            return Check::warning(NAME, shown, "it is not there yet; the first start makes it");
        }
        Err(cause) => return Check::bad(NAME, shown, vec![cause.to_string()]),
    };
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            let detail = format!("others on this machine may look into it (mode {mode:o}); chmod 700 it");
            return Check::warning(NAME, shown, detail);
        }
    }
    if metadata.permissions().readonly() {
        return Check::bad(NAME, shown, vec!["it may not be written".to_owned()]);
    }
    Check::good(NAME, shown)
}

fn space(path: &Path) -> Check {
    const NAME: &str = "disk space";
    // The directory may not be there yet; the disk is that of the nearest parent that is.
    let there = path.ancestors().find(|ancestor| ancestor.is_dir()).unwrap_or(path);
    match fs::available_space(there) {
        Ok(free) if free < NO_SPACE => {
            Check::bad(NAME, format!("{} free", bytes(free)), vec!["writes will fail; free some space".to_owned()])
        }
        Ok(free) if free < LOW_SPACE => Check::warning(NAME, format!("{} free", bytes(free)), "free some space soon"),
        Ok(free) => Check::good(NAME, format!("{} free", bytes(free))),
        Err(error) => Check::failed(NAME, &error.into()),
    }
}

/// What the schema is, and whether a store can be opened on it as it is.
async fn schema(config: &Config) -> (Check, bool) {
    const NAME: &str = "schema";
    let looked = async {
        let migrator = migrator(config, Arc::new(SystemClock))?;
        Ok::<_, anyhow::Error>((migrator.status().await?, migrator.validate().await?))
    };
    let (status, problems) = match looked.await {
        Err(error) => return (Check::failed(NAME, &error), false),
        Ok(looked) => looked,
    };
    let count = |is: fn(&MigrationState) -> bool| status.iter().filter(|migration| is(&migration.state)).count();
    let pending = count(|state| *state == MigrationState::Pending);
    let newer = count(|state| matches!(state, MigrationState::Unknown(_)));
    if !problems.is_empty() {
        let details = problems.into_iter().map(|problem| problem.message).collect();
        let summary = if newer > 0 { "a newer Jarvis wrote it" } else { "it is not what the migrations make" };
        return (Check::bad(NAME, summary, details), newer == 0 && pending == 0);
    }
    if pending == status.len() {
        let detail = "`jarvis serve` prepares it at its first start; so do `jarvis init` and `jarvis migrate up`";
        return (Check::warning(NAME, "the database is empty", detail), false);
    }
    if pending > 0 {
        let detail = "`jarvis migrate up` applies them; so does the next start, unless migrate.auto is false";
        return (Check::warning(NAME, format!("{pending} migrations are pending"), detail), false);
    }
    let newest = status.last().map_or(0, |migration| migration.number);
    (Check::good(NAME, format!("migration {newest}, nothing pending")), true)
}

async fn integrity(config: &Config) -> Check {
    const NAME: &str = "integrity";
    match jarvis_host::check_integrity(config).await {
        Ok(problems) if problems.is_empty() => Check::good(NAME, "every page and every reference is sound"),
        Ok(problems) => Check::bad(NAME, format!("{} problems; restore a backup", problems.len()), problems),
        Err(error) => Check::failed(NAME, &error.into()),
    }
}

/// How the services opened here are doing.
async fn within(services: &Services) -> Parts {
    let report = services.engine.health.report().await;
    let part = |part: &jarvis_engine::ServiceHealth| {
        let figures = part.health.figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        (part.name.to_owned(), part.health.status == HealthStatus::Healthy, part.health.error.clone(), figures)
    };
    report.services.iter().map(part).collect()
}

/// How a server says its services are doing.
async fn told(server: &Remote) -> Result<Parts> {
    let health: Report = server.get("/health", &[]).await?;
    let part = |(name, service): (String, Service)| {
        let figures =
            service.figures.iter().filter_map(|(name, value)| Some((name.clone(), value.as_u64()?))).collect();
        (name, service.status == "healthy", service.error, figures)
    };
    Ok(health.services.into_iter().map(part).collect())
}

/// One check per service, and one for whether it could be left in order.
fn parts(parts: &Parts, closed: bool) -> Vec<Check> {
    let service = |name: &str| match name {
        "database" => "store",
        "memory" => "contents",
        "search" => "text index",
        "vectors" => "vectors",
        "bus" => "bus",
        "cache" => "cache",
        _ => "model",
    };
    let shown = |figures: &BTreeMap<String, u64>| {
        let figures: Vec<String> = figures.iter().map(|(name, value)| format!("{name} {value}")).collect();
        if figures.is_empty() { "answers".to_owned() } else { figures.join(", ") }
    };
    let mut checks: Vec<Check> = parts
        .iter()
        .map(|(name, healthy, error, figures)| match (healthy, error) {
            (true, _) => Check::good(service(name), shown(figures)),
            (false, error) => Check::bad(service(name), "it is not well", error.iter().cloned().collect()),
        })
        .collect();
    if !closed {
        checks.push(Check::bad("closing", "the services did not end in order", Vec::new()));
    }
    checks
}
