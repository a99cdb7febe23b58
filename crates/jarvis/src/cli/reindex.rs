use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use jarvis_engine::{Actor, Engine, ReindexProgress};
use jarvis_host::operator;
use serde::{Deserialize, Serialize};

use super::{Format, Place};
use crate::{access::Access, output, progress, remote::Remote};

const ROUTE: &str = "/api/admin/reindex";
/// How often it is asked how far it is.
const POLL: Duration = Duration::from_millis(100);

/// Rebuild the indexes from the database
///
/// Nothing is lost without them: words and vectors are derived data. Beside a running server, the server does it while it goes on
/// answering.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jarvis reindex\n  jarvis reindex --json")]
pub(super) struct Options {
    #[command(flatten)]
    format: Format,
}

/// How far a rebuild is; the form of `GET /api/admin/reindex`.
#[derive(Debug, Deserialize)]
struct Progress {
    running: bool,
    done: u64,
    total: u64,
    finished: u64,
    error: Option<String>,
}

#[derive(Serialize)]
struct Rebuilt {
    texts: u64,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        let bar = progress::texts();
        let texts = super::block_on(async {
            let access = Access::open(&config).await?;
            let texts = match &access {
                Access::Local(services) => rebuild_here(&services.engine, &bar).await,
                Access::Remote(server) => rebuild_there(server, &bar).await,
            };
            access.close().await?;
            texts
        })?;
        bar.finish_and_clear();
        if self.format.json {
            output::print_json(&Rebuilt { texts })?;
        } else {
            output::print(|out| writeln!(out, "rebuilt the indexes: {texts} texts"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn rebuild_here(engine: &Engine, bar: &ProgressBar) -> Result<u64> {
    let before = engine.indexes.progress().finished;
    engine.audit.note(&Actor::operator(&operator()), "index.rebuild", "indexes", None).await?;
    engine.indexes.reindex();
    loop {
        tokio::time::sleep(POLL).await;
        let ReindexProgress { running, done, total, finished, trouble } = engine.indexes.progress();
        bar.set_length(total);
        bar.set_position(done);
        if let Some(trouble) = trouble {
            bail!("the rebuild does not get on: {trouble}");
        }
        if !running && finished > before {
            return Ok(done);
        }
    }
}

async fn rebuild_there(server: &Remote, bar: &ProgressBar) -> Result<u64> {
    let begun: Progress = server.post(ROUTE, &[]).await?;
    loop {
        let Progress { running, done, total, finished, error } = server.get(ROUTE, &[]).await?;
        bar.set_length(total);
        bar.set_position(done);
        if let Some(error) = error {
            bail!("the rebuild does not get on: {error}; the server goes on trying");
        }
        if !running && finished > begun.finished {
            return Ok(done);
        }
        tokio::time::sleep(POLL).await;
    }
}
