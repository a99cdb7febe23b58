use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use jarvis_core::ports::{Clock, SystemClock};
use jarvis_engine::{MoveOutcome, MovePhase, MoveReport, TableReport};
use jarvis_host::{Config, DatabaseTarget, Owner, keep_belonging, keep_move, moving};
use serde::Serialize;

use super::{Format, INTERRUPTED, Place};
use crate::{
    output::{self, BAD, FAINT, GOOD, HEADING},
    progress,
};

/// Move everything into another database
///
/// Copies every row, compares both databases by counts and hashes, and only then lets the new one be used. The old one is not
/// changed. Stop every server that uses either of them first. A move that was interrupted, however that happened, goes on where it
/// stopped when the same command runs again. Run it with the data directory of the server: its indexes stay true, no reindex is
/// needed.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis migrate-store --from sqlite:/var/lib/jarvis/jarvis.db --to postgresql://jarvis@db/jarvis\n  jarvis migrate-store --from postgresql://jarvis@db/jarvis --to sqlite:/var/lib/jarvis/jarvis.db --yes --json\n  jarvis migrate-store --from sqlite:/var/lib/jarvis/jarvis.db --to postgresql://jarvis@db/jarvis --verify-only"
)]
pub(super) struct Options {
    /// Address of the database that is there, as in DATABASE_URL; a relative path begins in the working directory
    #[arg(long, value_name = "URL")]
    from: String,
    /// Address of the database to be filled, which must be empty
    #[arg(long, value_name = "URL")]
    to: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only compare both, and change neither
    #[arg(long, conflicts_with_all = ["yes", "restart"])]
    verify_only: bool,
    /// Empty the target of an unfinished move and begin anew
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    format: Format,
}

/// What came of it.
#[derive(Serialize)]
struct Report {
    from: String,
    to: String,
    /// `moved`, `resumed`, `finished_before`, or `compared`.
    outcome: &'static str,
    /// Whether every table agrees.
    equal: bool,
    /// When an earlier run had finished it.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    seconds: f64,
    rows: u64,
    tables: Vec<TableRow>,
}

#[derive(Serialize)]
struct TableRow {
    table: &'static str,
    copied: u64,
    source_rows: u64,
    target_rows: u64,
    source_sha256: String,
    target_sha256: String,
    equal: bool,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let again = place.flags_again();
        let config = place.load()?;
        let working_dir = std::env::current_dir().context("there is no working directory")?;
        let choose = |url: &str| DatabaseTarget::choose_in(&working_dir, url, &config.data_dir);
        let (from, to) = (choose(&self.from)?, choose(&self.to)?);
        refuse_missing_file(&self.from, &from, &config)?;
        if !self.yes && !self.verify_only && !self.confirmed(&from, &to)? {
            output::tell("nothing was moved");
            return Ok(ExitCode::FAILURE);
        }
        let Some(report) = super::block_on(self.move_or_compare(&config, &from, &to))? else {
            output::tell("stopped; the same command goes on where it stopped");
            return Ok(ExitCode::from(INTERRUPTED));
        };
        let report = Report::new(from.to_string(), to.to_string(), report);
        if self.format.json {
            output::print_json(&report)?;
        } else {
            report.print(&again)?;
        }
        Ok(if report.equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// None when Ctrl-C ended it.
    async fn move_or_compare(
        &self,
        config: &Config,
        from: &DatabaseTarget,
        to: &DatabaseTarget,
    ) -> Result<Option<MoveReport>> {
        let _owner = Owner::acquire(&config.data_dir)?.or_refused()?;
        let moving = moving(from, to, &config.data_dir, Arc::new(SystemClock)).await?;
        let bars = Bars::default();
        let watch = |phase, table, done, total| bars.show(phase, table, done, total);
        let work = async {
            if self.verify_only { moving.compare(&watch).await } else { moving.run(self.restart, &watch).await }
        };
        let report = tokio::select! {
            report = work => Some(report),
            _ = tokio::signal::ctrl_c() => None,
        };
        bars.clear();
        let report = report.transpose()?;
        match report.as_ref().map(|report| (&report.outcome, &report.tables)) {
            Some((MoveOutcome::Moved | MoveOutcome::Resumed, tables)) => {
                let rows = tables.iter().map(|table| table.target.rows).sum();
                keep_move(&config.data_dir, from, to, rows, SystemClock.now())?;
            }
            // what finished it may have been killed before it kept that
            Some((MoveOutcome::FinishedBefore(at), _)) => keep_belonging(&config.data_dir, from, to, *at)?,
            Some((MoveOutcome::Compared, _)) | None => {}
        }
        Ok(report)
    }

    /// Asks on a terminal; elsewhere nobody can answer.
    fn confirmed(&self, from: &DatabaseTarget, to: &DatabaseTarget) -> Result<bool> {
        let emptied = if self.restart { ", emptied first if it holds an unfinished move," } else { "" };
        if !io::stdin().is_terminal() {
            bail!("this copies {from} into {to}{emptied} and nobody is here to be asked; add --yes if you mean it");
        }
        let mut terminal = io::stderr().lock();
        writeln!(terminal, "Everything in  {from}\nis copied into {to}{emptied}")?;
        write!(terminal, "and nothing in the first is changed. Go on? [y/N] ")?;
        terminal.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

/// A path that was written as if it began in the data directory.
fn refuse_missing_file(url: &str, from: &DatabaseTarget, config: &Config) -> Result<()> {
    if let DatabaseTarget::Sqlite(path) = from
        && matches!(path.try_exists(), Ok(false))
        && let Ok(DatabaseTarget::Sqlite(meant)) = DatabaseTarget::choose(url, &config.data_dir)
        && meant.is_file()
    {
        let (path, meant) = (path.display(), meant.display());
        bail!(
            "there is no {path} to copy from; if the file of the data directory is meant, write --from sqlite:{meant}"
        );
    }
    Ok(())
}

/// One bar at a time, for the table at hand.
#[derive(Default)]
struct Bars(Mutex<Option<((MovePhase, &'static str), ProgressBar)>>);

impl Bars {
    fn show(&self, phase: MovePhase, table: &'static str, done: u64, total: u64) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at_hand = shown.take().filter(|(what, _)| *what == (phase, table));
        let (_, bar) = at_hand.unwrap_or_else(|| {
            let verb = match phase {
                MovePhase::Copying => "copying",
                MovePhase::Comparing => "comparing",
            };
            ((phase, table), progress::rows(format!("{verb} {table}"), total))
        });
        bar.set_position(done);
        *shown = Some(((phase, table), bar));
    }

    fn clear(&self) {
        if let Some((_, bar)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Report {
    fn new(from: String, to: String, report: MoveReport) -> Self {
        let MoveReport { outcome, tables, took } = report;
        let (outcome, finished_at) = match outcome {
            MoveOutcome::Moved => ("moved", None),
            MoveOutcome::Resumed => ("resumed", None),
            MoveOutcome::FinishedBefore(at) => ("finished_before", Some(at.to_string())),
            MoveOutcome::Compared => ("compared", None),
        };
        let tables: Vec<TableRow> = tables.into_iter().map(TableRow::from).collect();
        Self {
            from,
            to,
            outcome,
            equal: tables.iter().all(|table| table.equal),
            finished_at,
            seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
            rows: tables.iter().map(|table| table.source_rows).sum(),
            tables,
        }
    }

    fn print(&self, flags: &str) -> Result<()> {
        let Self { from, to, .. } = self;
        output::print(|out| {
            if let Some(at) = &self.finished_at {
                return writeln!(
                    out,
                    "this move was finished at {at}, and nothing was done now; --verify-only compares both as they are"
                );
            }
            let is_empty = |row: &&TableRow| row.equal && row.source_rows == 0;
            for row in self.tables.iter().filter(|row| !is_empty(row)) {
                row.write(out, self.outcome == "resumed")?;
            }
            let empty = self.tables.iter().filter(is_empty).count();
            if empty > 0 {
                writeln!(out, "{FAINT}  {empty} empty tables{FAINT:#}")?;
            }
            let (rows, seconds) = (self.rows, self.seconds);
            match (self.outcome, self.equal) {
                ("compared", true) => writeln!(out, "{from} and {to} hold the same {rows} rows"),
                ("compared", false) => writeln!(out, "{from} and {to} differ"),
                _ => {
                    writeln!(out, "moved {rows} rows from {from} to {to} in {seconds:.1} s; counts and hashes agree")?;
                    writeln!(out, "\n{HEADING}Next{HEADING:#}")?;
                    writeln!(
                        out,
                        "  set DATABASE_URL (database.url) to what you gave as --to, then: jarvis{flags} serve"
                    )?;
                    writeln!(out, "  use the same data directory: its indexes go on, no reindex is needed")?;
                    writeln!(
                        out,
                        "  {from} is as it was; keep it until you are content; this data directory serves it no more"
                    )
                }
            }
        })
    }
}

impl TableRow {
    fn write(&self, out: &mut dyn Write, is_resumed: bool) -> io::Result<()> {
        let Self { table, copied, source_rows, target_rows, target_sha256, equal, .. } = self;
        let hash = &target_sha256[..target_sha256.len().min(12)];
        if !equal {
            return writeln!(
                out,
                "{BAD}✖{BAD:#} {table:17} {source_rows:>10} rows, {target_rows} in the other; they differ"
            );
        }
        let now = if is_resumed { format!(", {copied} of them now") } else { String::new() };
        writeln!(out, "{GOOD}✔{GOOD:#} {table:17} {target_rows:>10} rows  {FAINT}{hash}{FAINT:#}{now}")
    }
}

impl From<TableReport> for TableRow {
    fn from(report: TableReport) -> Self {
        let equal = report.agrees();
        let TableReport { table, copied, source, target } = report;
        Self {
            table,
            copied,
            source_rows: source.rows,
            target_rows: target.rows,
            source_sha256: source.to_string(),
            target_sha256: target.to_string(),
            equal,
        }
    }
}
