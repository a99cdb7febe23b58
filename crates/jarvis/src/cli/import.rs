use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    pin::Pin,
    process::ExitCode,
    task::{Context as TaskContext, Poll},
    thread,
};

use anyhow::{Context, Result, bail};
use clap::{Args, builder::PossibleValuesParser};
use futures_core::Stream;
use indicatif::ProgressBar;
use jarvis_core::Error;
use jarvis_engine::{Engine, ImportFormat, ImportReport};
use reqwest::Body;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{Format, Place, counts::Counts};
use crate::{
    access::Access,
    output::{self, FAINT},
    progress,
    remote::Remote,
};

const ROUTE: &str = "/api/import";
/// Bytes read at once.
const PIECE: usize = 64 * 1024;
/// Pieces read ahead of the store.
const AHEAD: usize = 4;
/// Skipped lines shown to people; `--json` has more.
const SHOWN: usize = 20;
/// Skipped lines kept of several files together.
const KEPT: usize = 1_000;

/// Take in conversations, messages, memories and sessions
///
/// Knows a file by its content: the conversations.json of a ChatGPT or Claude export, or the zip with it; chats of Open
/// WebUI; a conversation of LibreChat; a database of OpenConverse; or JSON lines, one object a line, {"type":"conversation",
/// "id","title"}, {"type":"message","conversation_id","role","content","created_at"}, {"type":"memory","content"},
/// {"type":"session","id","name"}; /docs has every field. What an earlier import of the same file made is left as it is, so
/// an import that broke off is completed by running it again. Beside a running server, the server takes it in.
///
/// Ends with 0 when all of it is there, and with 1 when something could not be taken; the report names it.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis import chatgpt-export.zip\n  jarvis import conversations-000.json conversations-001.json\n  jarvis import ~/.openconv/db/conv.db\n  zcat old.jsonl.gz | jarvis import - --format jsonl\n  jarvis import claude.zip --user ann --json"
)]
pub(super) struct Options {
    /// Files, one after the other; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Form of the files [default: told from their content, and from the name for .jsonl]
    #[arg(long = "format", value_name = "FORMAT", value_parser = PossibleValuesParser::new(ImportFormat::ALL.map(ImportFormat::as_str)))]
    form: Option<String>,
    /// Whose they become [default: the local user's]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// What came of it; the form of `POST /api/import`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    imported: Counts,
    existing: Counts,
    skipped: Vec<Skipped>,
    skipped_total: u64,
    #[serde(default)]
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Skipped {
    line: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    reason: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct LeftOut {
    what: String,
    count: u64,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        for file in &self.files {
            refuse_unfinished(file)?;
        }
        let mut report = Report::default();
        let imported = super::block_on(async {
            let access = Access::open_or_make(&config).await?;
            let imported = self.import(&access, &mut report).await;
            access.close().await?;
            imported
        });
        // of several files, those before the one that failed are in
        if imported.is_ok() || report.imported.total() + report.existing.total() + report.skipped_total > 0 {
            if self.format.json {
                output::print_json(&report)?;
            } else {
                output::print(|out| report.write(out))?;
            }
        }
        imported?;
        Ok(if report.skipped_total > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn import(&self, access: &Access, report: &mut Report) -> Result<()> {
        for file in &self.files {
            let name = file.display().to_string();
            let (source, size) = open(file)?;
            let bar = progress::bytes(size, "read");
            let pieces = Pieces::of(source, bar.clone())?;
            let form = self.form.as_deref().or_else(|| is_lines(file).then_some(ImportFormat::Jsonl.as_str()));
            let one = match access {
                Access::Local(services) => self.import_here(&services.engine, form, pieces).await,
                Access::Remote(server) => self.import_there(server, form, pieces).await,
            };
            bar.finish_and_clear();
            let one = one.with_context(|| format!("{name} was not imported as a whole"))?;
            report.add(one, (self.files.len() > 1).then_some(name.as_str()));
        }
        Ok(())
    }

    async fn import_here(&self, engine: &Engine, form: Option<&str>, pieces: Pieces) -> Result<Report> {
        let scope = engine.users.meant(self.user.as_deref(), true).await?;
        Ok(engine.import.take(scope, form.and_then(ImportFormat::parse), pieces).await?.into())
    }

    async fn import_there(&self, server: &Remote, form: Option<&str>, pieces: Pieces) -> Result<Report> {
        let user = self.user.iter().map(|user| ("user_id", user.clone()));
        let query: Vec<_> = user.chain(form.map(|form| ("format", form.to_owned()))).collect();
        server.upload(ROUTE, &query, Body::wrap_stream(pieces)).await
    }
}

/// What is read, and its size when that is known.
fn open(file: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>)> {
    if file.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let named = || format!("{} cannot be read", file.display());
    let opened = File::open(file).with_context(named)?;
    let size = opened.metadata().with_context(named)?.len();
    Ok((Box::new(opened), Some(size)))
}

/// A file whose name says that it holds JSON lines: its bad lines are told one by one, whatever it begins with.
fn is_lines(file: &Path) -> bool {
    file.extension().is_some_and(|end| end.eq_ignore_ascii_case("jsonl") || end.eq_ignore_ascii_case("ndjson"))
}

/// A database whose latest changes stand in a file beside it would come without them.
fn refuse_unfinished(file: &Path) -> Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("-wal");
    match std::fs::metadata(&beside) {
        Ok(found) if found.len() > 0 => bail!(
            "{} holds changes that are not yet in {}; end the program that uses it, or close the database, and try again",
            Path::new(&beside).display(),
            file.display()
        ),
        _ => Ok(()),
    }
}

/// What a thread reads, as a stream. The thread is left behind when nobody wants more: it may wait for a terminal.
struct Pieces(mpsc::Receiver<Result<Vec<u8>, Error>>);

impl Pieces {
    fn of(source: Box<dyn Read + Send>, bar: ProgressBar) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let reading = thread::Builder::new().name("import".to_owned());
        reading.spawn(move || read(source, &sender, &bar)).context("the thread that reads does not start")?;
        Ok(Self(receiver))
    }
}

impl Stream for Pieces {
    type Item = Result<Vec<u8>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

fn read(mut source: Box<dyn Read + Send>, into: &mpsc::Sender<Result<Vec<u8>, Error>>, bar: &ProgressBar) {
    loop {
        let mut piece = vec![0; PIECE];
        let piece = match source.read(&mut piece) {
            Ok(0) => return progress::storing(bar),
            Ok(length) => {
                piece.truncate(length);
                bar.inc(length as u64);
                Ok(piece)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(jarvis_core::ErrorKind::Malformed
                .error(format!("the file cannot be read: {error}"))
                .with_source(error)),
        };
        let is_last = piece.is_err();
        if into.blocking_send(piece).is_err() || is_last {
            return;
        }
    }
}

impl From<ImportReport> for Report {
    fn from(report: ImportReport) -> Self {
        let ImportReport { format, lines: _, imported, existing, skipped, skipped_total, left_out } = report;
        let skipped = skipped.into_iter().map(|skipped| {
            let jarvis_engine::SkippedLine { line, path, reason } = skipped;
            Skipped { line, path, reason }
        });
        let left_out = left_out.into_iter().map(|left| LeftOut { what: left.what, count: left.count });
        Self {
            format: format.map(|format| format.as_str().to_owned()),
            imported: imported.into(),
            existing: existing.into(),
            skipped: skipped.collect(),
            skipped_total,
            left_out: left_out.collect(),
        }
    }
}

impl Report {
    /// Adds what came of one more file, which is named when there are several.
    fn add(&mut self, more: Self, file: Option<&str>) {
        self.imported.add(more.imported);
        self.existing.add(more.existing);
        self.skipped_total += more.skipped_total;
        let room = KEPT.saturating_sub(self.skipped.len());
        for mut skipped in more.skipped.into_iter().take(room) {
            if let Some(file) = file {
                skipped.path = Some(format!("{file}, {}", skipped.place()));
            }
            self.skipped.push(skipped);
        }
        for left in more.left_out {
            match self.left_out.iter_mut().find(|known| known.what == left.what) {
                Some(known) => known.count += left.count,
                None => self.left_out.push(left),
            }
        }
        self.format = match (self.format.take(), more.format) {
            (Some(one), Some(other)) if one != other => Some(format!("{one}, {other}")),
            (one, other) => one.or(other),
        };
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let form = self.format.as_deref().filter(|form| *form != ImportFormat::Jsonl.as_str());
        let form = form.map(|form| format!(" ({form})")).unwrap_or_default();
        writeln!(out, "imported {}{form}", self.imported.words())?;
        if self.existing.total() > 0 {
            writeln!(out, "there already: {}", self.existing.words())?;
        }
        for LeftOut { what, count } in &self.left_out {
            writeln!(out, "{FAINT}left out: {count} × {what}{FAINT:#}")?;
        }
        if self.skipped_total > 0 {
            let is_lines = self.skipped.iter().all(|skipped| skipped.path.is_none());
            let noun = match (is_lines, self.skipped_total) {
                (true, 1) => " line",
                (true, _) => " lines",
                (false, _) => "",
            };
            writeln!(out, "skipped {}{noun}:", self.skipped_total)?;
        }
        for skipped in self.skipped.iter().take(SHOWN) {
            writeln!(out, "  {}: {}", skipped.place(), skipped.reason)?;
        }
        if self.skipped_total > SHOWN as u64 {
            let more = self.skipped_total - SHOWN as u64;
            writeln!(out, "{FAINT}  and {more} more; --json names the first thousand{FAINT:#}")?;
        }
        Ok(())
    }
}

impl Skipped {
    fn place(&self) -> String {
        self.path.clone().unwrap_or_else(|| format!("line {}", self.line))
    }
}
