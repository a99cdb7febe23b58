use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use jarvis_host::{Config, check_models, config::DEFAULT_FILE};
use serde::{Deserialize, Serialize};

use super::{Format, Place};
use crate::{
    output::{self, FAINT, WARNING},
    remote::{Holder, find_holder_of_data},
};

const RELOAD: &str = "/api/admin/config/reload";

/// Show, explain and judge the configuration
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis config default > jarvis.toml\n  jarvis config show\n  PORT=9000 jarvis config show --json"
)]
pub(super) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print every value in effect and where it comes from, passwords taken out
    #[command(after_help = "Examples:\n  jarvis config show\n  PORT=9000 jarvis config show --json")]
    Show(Format),
    /// Print the commented default file
    #[command(after_help = "Examples:\n  jarvis config default > jarvis.toml")]
    Default(Format),
    /// Judge the configuration without starting anything, and see whether model servers answer
    #[command(after_help = "Examples:\n  jarvis config check\n  jarvis config check --config other.toml --json")]
    Check(Format),
    /// Have the running server read its configuration again
    ///
    /// It does so by itself a second or two after a file changed, and on SIGHUP; this one waits and tells what became of it.
    #[command(after_help = "Examples:\n  jarvis config reload\n  jarvis config reload --json")]
    Reload(Format),
}

/// What became of it; the form of `POST /api/admin/config/reload`.
#[derive(Deserialize, Serialize)]
struct Reloaded {
    changed: Vec<String>,
    restart: Vec<String>,
}

#[derive(Serialize)]
struct Verdict {
    valid: bool,
    error: Option<String>,
    notices: Vec<String>,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        match self.verb {
            Verb::Show(format) => show(place, format)?,
            Verb::Default(Format { json: true }) => output::print_json(&serde_json::json!({ "toml": DEFAULT_FILE }))?,
            Verb::Default(_) => output::print(|out| out.write_all(DEFAULT_FILE.as_bytes()))?,
            Verb::Check(Format { json: true }) => return check_for_programs(place),
            Verb::Check(_) => check(place)?,
            Verb::Reload(format) => reload(place, format)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(place: Place, format: Format) -> Result<()> {
    let config = place.load()?;
    if format.json {
        return output::print_json(&config.settings());
    }
    let width = config.settings().iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    output::print(|out| {
        for setting in config.settings() {
            let (key, value, origin) = (&setting.key, &setting.value, &setting.origin);
            writeln!(out, "{key:width$} = {value}  {FAINT}# {origin}{FAINT:#}")?;
        }
        Ok(())
    })?;
    tell_notices(&config.notices);
    Ok(())
}

fn reload(place: Place, format: Format) -> Result<()> {
    let config = place.load()?;
    let dir = config.data_dir.path().display();
    let reloaded: Reloaded = super::block_on(async {
        if let Some(Holder::Server(server)) = find_holder_of_data(&config).await? {
            return server.post(RELOAD, &[]).await;
        }
        bail!("no server runs on {dir}; it reads its configuration when it starts")
    })?;
    if format.json {
        return output::print_json(&reloaded);
    }
    output::print(|out| {
        for key in &reloaded.changed {
            writeln!(out, "in effect: {key}")?;
        }
        for key in &reloaded.restart {
            writeln!(out, "restart to apply: {key}")?;
        }
        if reloaded.changed.is_empty() && reloaded.restart.is_empty() {
            writeln!(out, "nothing changed")?;
        }
        Ok(())
    })
}

fn check(place: Place) -> Result<()> {
    let config = place.load()?;
    tell_notices(&judged(&config)?);
    output::print(|out| writeln!(out, "the configuration is acceptable"))
}

/// A program gets the verdict as data, whatever it is.
fn check_for_programs(place: Place) -> Result<ExitCode> {
    let verdict = match place.load() {
        Ok(config) => Verdict { valid: true, error: None, notices: judged(&config)? },
        Err(error) => Verdict { valid: false, error: Some(error.to_string()), notices: Vec::new() },
    };
    output::print_json(&verdict)?;
    Ok(if verdict.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is worth a notice: values without effect, and model servers that do not answer.
fn judged(config: &Config) -> Result<Vec<String>> {
    let told = super::block_on(async { Ok(check_models(config).await) })?;
    let trouble =
        told.into_iter().filter_map(|(name, health)| Some(format!("the models of {name}: {}", health.error?)));
    Ok(config.notices.iter().cloned().chain(trouble).collect())
}

fn tell_notices(notices: &[String]) {
    for notice in notices {
        output::tell(&format!("{WARNING}warning{WARNING:#}: {notice}"));
    }
}
