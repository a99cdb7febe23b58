use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use jarvis_host::{Config, RunInfo};
use serde_json::Value;

use super::Place;
use crate::{output, remote::Remote};

/// Say whether the running server takes requests
///
/// Asks the server of the data directory for /ready. Exit code 0 when it is ready, 1 when it is starting, ending or without a
/// database that takes writes, or when none runs: what a container's health check wants.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jarvis ready\n  until jarvis ready; do sleep 1; done")]
pub(super) struct Options {}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let Self {} = self;
        let config = place.load()?;
        super::block_on(ask(&config))?;
        output::print(|out| writeln!(out, "ready"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is left of a server that was killed does not answer; the lock is not tried, for a server that starts may want it.
async fn ask(config: &Config) -> Result<()> {
    match RunInfo::read(&config.data_dir)? {
        Some(RunInfo { address: Some(address), url, admin_token, pid, database, .. }) => {
            let server = Remote::new(address, url, admin_token, pid, database)?;
            let answer: Value = server.get("/ready", &[]).await?;
            match answer["error"]["message"].as_str() {
                None => Ok(()),
                Some(why) => bail!("{why}"),
            }
        }
        Some(_) => bail!("the server is starting; ask again in a moment"),
        None => bail!("no server runs on {}", config.data_dir.path().display()),
    }
}
