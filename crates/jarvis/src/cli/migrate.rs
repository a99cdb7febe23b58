use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Result;
use clap::{Args, Subcommand};
use jarvis_core::ports::{MigrationProblem, MigrationState, MigrationStatus, Migrator, SystemClock};
use jarvis_host::{Config, Owner, migrator};
use serde::Serialize;

use super::{Format, Place};
use crate::{
    output::{self, BAD, FAINT, GOOD, WARNING},
    progress,
};

/// Look at the database's schema, and change it
///
/// `serve` brings the schema up to date by itself unless migrate.auto is false. `up` and `down` need the database for
/// themselves: stop the server first.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jarvis migrate status\n  jarvis migrate up\n  jarvis migrate down --to 1 --yes")]
pub(super) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every migration and whether it is applied; exit code 1 when a newer Jarvis wrote the database
    #[command(after_help = "Examples:\n  jarvis migrate status\n  jarvis migrate status --json")]
    Status(Format),
    /// Apply pending migrations
    #[command(after_help = "Examples:\n  jarvis migrate up\n  jarvis migrate up --to 2")]
    Up {
        /// Stop after this number [default: the newest]
        #[arg(long, value_name = "NUMBER")]
        to: Option<u32>,
        #[command(flatten)]
        format: Format,
    },
    /// Undo migrations; what only they could hold is lost
    #[command(after_help = "Examples:\n  jarvis migrate down --to 1\n  jarvis migrate down --to 1 --yes")]
    Down {
        /// Undo those above this number; 0 undoes all
        #[arg(long, value_name = "NUMBER")]
        to: u32,
        /// Do it; without this, only the plan is shown
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Check that no migration was edited or lost and that the schema is what they make
    #[command(after_help = "Examples:\n  jarvis migrate validate\n  jarvis migrate validate --json")]
    Validate(Format),
}

#[derive(Serialize)]
struct StatusRow {
    number: u32,
    name: String,
    applied_at: Option<String>,
    /// Whether this program knows it; a newer one wrote the database otherwise.
    known: bool,
    checksum: String,
}

#[derive(Serialize)]
struct ProblemRow {
    number: Option<u32>,
    message: String,
}

#[derive(Serialize)]
struct Changed {
    applied: Vec<u32>,
    undone: Vec<u32>,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        let migrator = migrator(&config, Arc::new(SystemClock))?;
        super::block_on(async {
            match self.verb {
                Verb::Status(format) => status(&*migrator, format).await,
                Verb::Validate(format) => validate(&*migrator, format).await,
                Verb::Up { to, format } => up(&config, &*migrator, to, format).await,
                Verb::Down { to, yes, format } => down(&config, &*migrator, to, yes, format).await,
            }
        })
    }
}

async fn status(migrator: &dyn Migrator, format: Format) -> Result<ExitCode> {
    let rows: Vec<StatusRow> = migrator.status().await?.into_iter().map(StatusRow::from).collect();
    if format.json {
        output::print_json(&rows)?;
    } else {
        output::print(|out| rows.iter().try_for_each(|row| row.write(out)))?;
    }
    if rows.iter().all(|row| row.known) {
        return Ok(ExitCode::SUCCESS);
    }
    if !format.json {
        output::tell("the database was written by a newer Jarvis; use that one, this one does not touch it");
    }
    Ok(ExitCode::FAILURE)
}

impl StatusRow {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { number, name, applied_at, known, checksum } = self;
        let checksum = checksum.get(..12).unwrap_or(checksum);
        let (mark, style, state) = match (applied_at, known) {
            (Some(at), true) => ("✔", GOOD, format!("applied {at}")),
            (Some(at), false) => ("✖", BAD, format!("applied {at} by a newer Jarvis")),
            (None, _) => ("·", WARNING, "pending".to_owned()),
        };
        writeln!(out, "{style}{mark}{style:#} {number:4}  {name:30}  {state}  {FAINT}{checksum}{FAINT:#}")
    }
}

async fn validate(migrator: &dyn Migrator, format: Format) -> Result<ExitCode> {
    let problems: Vec<ProblemRow> = migrator.validate().await?.into_iter().map(ProblemRow::from).collect();
    if format.json {
        output::print_json(&problems)?;
    } else if problems.is_empty() {
        output::print(|out| writeln!(out, "the schema is what the migrations make"))?;
    } else {
        output::print(|out| {
            for ProblemRow { number, message } in &problems {
                let which = number.map_or_else(|| "schema".to_owned(), |number| format!("migration {number}"));
                writeln!(out, "{BAD}✖{BAD:#} {which}: {message}")?;
            }
            Ok(())
        })?;
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn up(config: &Config, migrator: &dyn Migrator, to: Option<u32>, format: Format) -> Result<ExitCode> {
    let _owner = Owner::acquire(&config.data_dir)?.or_refused()?;
    let bar = progress::spinner("applying migrations");
    let applied = migrator.up(to).await;
    bar.finish_and_clear();
    let applied = applied?;
    report(Changed { applied, undone: Vec::new() }, format)
}

async fn down(config: &Config, migrator: &dyn Migrator, to: u32, yes: bool, format: Format) -> Result<ExitCode> {
    let _owner = Owner::acquire(&config.data_dir)?.or_refused()?;
    let plan: Vec<MigrationStatus> = migrator
        .status()
        .await?
        .into_iter()
        .filter(|migration| migration.number > to && migration.state != MigrationState::Pending)
        .collect();
    if !yes && !plan.is_empty() {
        output::tell("this would undo, with all that only they can hold:");
        for migration in plan.iter().rev() {
            output::tell(&format!("  {} {}", migration.number, migration.name));
        }
        output::tell("repeat it with --yes to do so");
        return Ok(ExitCode::FAILURE);
    }
    let bar = progress::spinner("undoing migrations");
    let undone = migrator.down(to).await;
    bar.finish_and_clear();
    let undone = undone?;
    report(Changed { applied: Vec::new(), undone }, format)
}

fn report(changed: Changed, format: Format) -> Result<ExitCode> {
    if format.json {
        output::print_json(&changed)?;
    } else {
        let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let Changed { applied, undone } = changed;
        output::print(|out| match (applied.is_empty(), undone.is_empty()) {
            (true, true) => writeln!(out, "nothing to do"),
            (false, _) => writeln!(out, "applied {}", list(&applied)),
            (true, false) => writeln!(out, "undid {}", list(&undone)),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

impl From<MigrationStatus> for StatusRow {
    fn from(MigrationStatus { number, name, state, checksum }: MigrationStatus) -> Self {
        let applied_at = match state {
            MigrationState::Pending => None,
            MigrationState::Applied(at) | MigrationState::Unknown(at) => Some(at.to_string()),
        };
        Self { number, name, applied_at, known: !matches!(state, MigrationState::Unknown(_)), checksum }
    }
}

impl From<MigrationProblem> for ProblemRow {
    fn from(MigrationProblem { number, message }: MigrationProblem) -> Self {
        Self { number, message }
    }
}
