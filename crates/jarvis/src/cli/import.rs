use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
    path::PathBuf,
    pin::Pin,
    process::ExitCode,
    task::{Context as TaskContext, Poll},
    thread,
};

use anyhow::{Context, Result};
use clap::Args;
use futures_core::Stream;
use indicatif::ProgressBar;
use jarvis_core::Error;
use jarvis_engine::{Engine, ImportReport};
use reqwest::Body;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{Format, Place};
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

/// Take in conversations, messages, memories and sessions
///
/// Reads JSON lines, one object a line: {"type":"conversation","id","title"}, {"type":"message","conversation_id","role",
/// "content","created_at"}, {"type":"memory","content"}, {"type":"session","id","name"}; /docs has every field. What an
/// earlier import of the same lines made is left as it is, so an import that broke off is completed by running it again.
/// Beside a running server, the server takes them in.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis import conversations.jsonl\n  zcat old.jsonl.gz | jarvis import -\n  jarvis import notes.jsonl --user ann --json"
)]
pub(super) struct Options {
    /// File of JSON lines; - is standard input
    file: PathBuf,
    /// Whose they become [default: the local user's]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// What came of it; the form of `POST /api/import`.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    imported: Counts,
    existing: Counts,
    skipped: Vec<Skipped>,
    skipped_total: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    conversations: u64,
    messages: u64,
    memories: u64,
    sessions: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Skipped {
    line: u64,
    reason: String,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let config = place.load()?;
        let (source, size) = self.source()?;
        let bar = progress::bytes(size, "read");
        let pieces = Pieces::of(source, bar.clone())?;
        let report = super::block_on(async {
            let access = Access::open_or_make(&config).await?;
            let report = match &access {
                Access::Local(services) => self.import_here(&services.engine, pieces).await,
                Access::Remote(server) => self.import_there(server, pieces).await,
            };
            access.close().await?;
            report
        });
        bar.finish_and_clear();
        let report = report?;
        if self.format.json {
            output::print_json(&report)?;
        } else {
            output::print(|out| report.write(out))?;
        }
        Ok(if report.is_all_bad() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// What is read, and its size when that is known.
    fn source(&self) -> Result<(Box<dyn Read + Send>, Option<u64>)> {
        if self.file.as_os_str() == "-" {
            return Ok((Box::new(io::stdin()), None));
        }
        let named = || format!("{} cannot be read", self.file.display());
        let file = File::open(&self.file).with_context(named)?;
        let size = file.metadata().with_context(named)?.len();
        Ok((Box::new(file), Some(size)))
    }

    async fn import_here(&self, engine: &Engine, pieces: Pieces) -> Result<Report> {
        let scope = engine.users.local(self.user.as_deref()).await?;
        Ok(engine.import.jsonl(scope, pieces).await?.into())
    }

    async fn import_there(&self, server: &Remote, pieces: Pieces) -> Result<Report> {
        let user = self.user.iter().map(|user| ("user_id", user.clone())).collect::<Vec<_>>();
        let imported = server.upload(ROUTE, &user, Body::wrap_stream(pieces)).await;
        imported.context("not all was imported; what was stays, and the same command goes on from there")
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
            Ok(0) => return,
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
        let ImportReport { lines: _, imported, existing, skipped, skipped_total } = report;
        let skipped = skipped.into_iter().map(|skipped| Skipped { line: skipped.line, reason: skipped.reason });
        Self { imported: imported.into(), existing: existing.into(), skipped: skipped.collect(), skipped_total }
    }
}

impl From<jarvis_engine::ImportCounts> for Counts {
    fn from(counts: jarvis_engine::ImportCounts) -> Self {
        let jarvis_engine::ImportCounts { conversations, messages, memories, sessions } = counts;
        Self { conversations, messages, memories, sessions }
    }
}

impl Counts {
    fn total(&self) -> u64 {
        self.conversations + self.messages + self.memories + self.sessions
    }

    /// `2 conversations, 1 memory`; `nothing` when there is nothing.
    fn words(&self) -> String {
        let nouns = [
            (self.conversations, "conversation", "conversations"),
            (self.messages, "message", "messages"),
            (self.memories, "memory", "memories"),
            (self.sessions, "session", "sessions"),
        ];
        let some = nouns.into_iter().filter(|(count, ..)| *count > 0);
        let words: Vec<String> =
            some.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many })).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    }
}

impl Report {
    /// Whether there was something to import and all of it was refused.
    fn is_all_bad(&self) -> bool {
        self.skipped_total > 0 && self.imported.total() + self.existing.total() == 0
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "imported {}", self.imported.words())?;
        if self.existing.total() > 0 {
            writeln!(out, "there already: {}", self.existing.words())?;
        }
        if self.skipped_total > 0 {
            let lines = if self.skipped_total == 1 { "line" } else { "lines" };
            writeln!(out, "skipped {} {lines}:", self.skipped_total)?;
        }
        for Skipped { line, reason } in self.skipped.iter().take(SHOWN) {
            writeln!(out, "  line {line}: {reason}")?;
        }
        if self.skipped_total > SHOWN as u64 {
            let more = self.skipped_total - SHOWN as u64;
            writeln!(out, "{FAINT}  and {more} more; --json names the first thousand{FAINT:#}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn counts_are_told_in_words() {
        let counts = |conversations, messages, memories, sessions| {
            Counts { conversations, messages, memories, sessions }.words()
        };
        assert_eq!(counts(1, 2, 1, 0), "1 conversation, 2 messages, 1 memory");
        assert_eq!(counts(0, 0, 0, 2), "2 sessions");
        assert_eq!(counts(0, 0, 0, 0), "nothing");
    }
}
