mod checks;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Result;
use clap::Args;
use jarvis_host::{Config, Sources};
use serde::Serialize;

use super::{Format, Place};
use crate::{
    logging,
    output::{self, BAD, GOOD, HEADING, WARNING},
};

/// Check everything that Jarvis stands on
///
/// Changes nothing in the database. Exit code 0 when nothing is wrong; warnings are not wrong.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jarvis doctor\n  jarvis doctor --json")]
pub(super) struct Options {
    #[command(flatten)]
    format: Format,
}

/// The verdict of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Warning,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    /// What was found, in a line.
    summary: String,
    /// What to do, when something is to be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
}

impl Check {
    fn good(name: &'static str, summary: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Good, summary: summary.into(), details: Vec::new() }
    }

    fn warning(name: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warning, summary: summary.into(), details: vec![detail.into()] }
    }

    fn bad(name: &'static str, summary: impl Into<String>, details: Vec<String>) -> Self {
        Self { name, verdict: Verdict::Bad, summary: summary.into(), details }
    }

    /// A check that could not be made is one that failed: the error and all its causes are its details.
    fn failed(name: &'static str, error: &anyhow::Error) -> Self {
        let causes = error.chain().skip(1).map(ToString::to_string).collect();
        Self::bad(name, error.to_string(), causes)
    }
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let checks = match Sources::of_process(place.flags()).and_then(|sources| Config::load(&sources)) {
            Ok(config) => {
                logging::for_command(&config.log)?;
                super::block_on(async { Ok(checks::all(config).await) })?
            }
            // Nothing else can be looked for without knowing where.
            Err(error) => vec![Check::failed("configuration", &error.into())],
        };
        if self.format.json {
            output::print_json(&checks)?;
        } else {
            output::print(|out| write(out, &checks))?;
        }
        let wrong = checks.iter().any(|check| check.verdict == Verdict::Bad);
        Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn write(out: &mut dyn Write, checks: &[Check]) -> io::Result<()> {
    for Check { name, verdict, summary, .. } in checks {
        let (mark, style) = match verdict {
            Verdict::Good => ("✔", GOOD),
            Verdict::Warning => ("!", WARNING),
            Verdict::Bad => ("✖", BAD),
        };
        writeln!(out, "{style}{mark}{style:#} {name:14}  {summary}")?;
    }
    for check in checks.iter().filter(|check| !check.details.is_empty()) {
        writeln!(out, "\n{HEADING}{}{HEADING:#}", check.name)?;
        for detail in &check.details {
            writeln!(out, "  {detail}")?;
        }
    }
    Ok(())
}
