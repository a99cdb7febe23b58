use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use indicatif::ProgressBar;
use jarvis_core::id::ConversationId;
use jarvis_engine::{ConversationFormat, Engine};
use serde::{Deserialize, Serialize};

use super::{Format, Place, counts::Counts};
use crate::{access::Access, output, progress, remote::Remote};

/// The last line of an export of everything is within this many bytes.
const TAIL: usize = 1024;

/// Hand over everything that is yours, or one conversation
///
/// Writes JSON lines that `jarvis import` takes: sessions, conversations with their messages, memories. With --conversation,
/// writes that conversation for people to read, or as JSON. Beside a running server, the server hands it over.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis export --output everything.jsonl\n  jarvis export | gzip > everything.jsonl.gz\n  jarvis export --conversation 0190b5a8-7d3c-7000-8000-000000000001 > lisbon.md"
)]
pub(super) struct Options {
    /// File to write; it appears when it is whole [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this conversation
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// How it is written [default: jsonl for everything, markdown for a conversation]
    #[arg(long, value_enum)]
    format: Option<Shape>,
    /// Every branch of the conversation, and not only the one that goes on
    #[arg(long, requires = "conversation")]
    all: bool,
    /// Whose [default: the local user's]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    report: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    Jsonl,
    Markdown,
    Json,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Report {
    file: Option<PathBuf>,
    bytes: u64,
    #[serde(flatten)]
    counts: Option<Counts>,
}

/// What is to be written.
enum Wanted {
    Everything,
    Conversation(ConversationId, ConversationFormat),
}

type Pieces = BoxStream<'static, Result<Vec<u8>>>;

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let wanted = self.wanted()?;
        if self.report.json && self.output.is_none() {
            bail!("--json reports on a file; name it with --output");
        }
        let config = place.load()?;
        let bar = progress::bytes(None, "written");
        let mut sink = Sink::open(self.output.as_deref(), bar.clone())?;
        let written = super::block_on(async {
            let access = Access::open(&config).await?;
            let written = async {
                let mut pieces = match &access {
                    Access::Local(services) => self.open_here(&services.engine, &wanted).await?,
                    Access::Remote(server) => self.open_there(server, &wanted).await?,
                };
                while let Some(piece) = pieces.next().await {
                    sink.write(&piece?)?;
                }
                Ok(())
            }
            .await;
            access.close().await?;
            written
        });
        bar.finish_and_clear();
        written.context("nothing whole was written")?;
        let counts = match wanted {
            Wanted::Everything => Some(sink.counts().context("the export broke off before its end; try again")?),
            Wanted::Conversation(..) => None,
        };
        let bytes = sink.finish()?;
        let report = Report { file: self.output, bytes, counts };
        if self.report.json {
            output::print_json(&report)?;
        } else {
            report.tell();
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wanted(&self) -> Result<Wanted> {
        Ok(match (self.conversation, self.format) {
            (None, None | Some(Shape::Jsonl)) => Wanted::Everything,
            (None, Some(_)) => bail!("everything is written as jsonl; name a --conversation for another format"),
            (Some(_), Some(Shape::Jsonl)) => bail!("a conversation is written as markdown or json"),
            (Some(id), Some(Shape::Json)) => Wanted::Conversation(id, ConversationFormat::Json),
            (Some(id), None | Some(Shape::Markdown)) => Wanted::Conversation(id, ConversationFormat::Markdown),
        })
    }

    async fn open_here(&self, engine: &Engine, wanted: &Wanted) -> Result<Pieces> {
        let scope = engine.users.meant(self.user.as_deref(), false).await?;
        Ok(match *wanted {
            Wanted::Everything => engine.export.everything(scope).map_err(Into::into).boxed(),
            Wanted::Conversation(id, format) => {
                engine.export.conversation(scope, id, format, self.all).await?.map_err(Into::into).boxed()
            }
        })
    }

    async fn open_there(&self, server: &Remote, wanted: &Wanted) -> Result<Pieces> {
        let mut query: Vec<(&str, String)> = self.user.iter().map(|user| ("user_id", user.clone())).collect();
        let route = match wanted {
            Wanted::Everything => "/api/export".to_owned(),
            Wanted::Conversation(id, format) => {
                let format = if *format == ConversationFormat::Json { "json" } else { "markdown" };
                query.extend([("format", format.to_owned()), ("all", self.all.to_string())]);
                format!("/api/chat/conversation/{id}/export")
            }
        };
        Ok(server.download(&route, &query).await?.boxed())
    }
}

/// Where it is written: a file beside the one that is wanted, until that is whole, or standard output.
struct Sink {
    into: Box<dyn Write + Send>,
    file: Option<Unfinished>,
    bytes: u64,
    tail: Vec<u8>,
    bar: ProgressBar,
}

/// A file that is not whole yet; it goes when it is dropped.
struct Unfinished {
    file: File,
    path: PathBuf,
    wanted: PathBuf,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // after it got its name there is nothing here
        let _ = fs::remove_file(&self.path);
    }
}

impl Sink {
    fn open(output: Option<&Path>, bar: ProgressBar) -> Result<Self> {
        let new = |into, file| Self { into, file, bytes: 0, tail: Vec::new(), bar };
        let Some(wanted) = output else { return Ok(new(Box::new(io::stdout()), None)) };
        if fs::metadata(wanted).is_ok_and(|found| !found.is_file()) {
            // a device or a pipe is written to, not replaced
            let file = File::options().write(true).open(wanted);
            let file = file.with_context(|| format!("{} cannot be written", wanted.display()))?;
            return Ok(new(Box::new(io::BufWriter::new(file)), None));
        }
        let mut name = wanted.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let named = || format!("{} cannot be written", path.display());
        let file = options.open(&path).with_context(named)?;
        let into = Box::new(io::BufWriter::new(file.try_clone().with_context(named)?));
        Ok(new(into, Some(Unfinished { file, path, wanted: wanted.to_owned() })))
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.into.write_all(piece)?;
        self.bytes += piece.len() as u64;
        self.bar.inc(piece.len() as u64);
        self.tail.extend_from_slice(piece);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        Ok(())
    }

    /// What the last line says, when it is the end of an export.
    fn counts(&self) -> Option<Counts> {
        #[derive(Deserialize)]
        struct End {
            r#type: String,
            #[serde(flatten)]
            counts: Counts,
        }
        let line = self.tail.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
        let end: End = serde_json::from_slice(line).ok()?;
        (end.r#type == "end").then_some(end.counts)
    }

    /// Gives the file its name, durably. Answers the bytes written.
    fn finish(mut self) -> Result<u64> {
        self.into.flush()?;
        if let Some(unfinished) = &self.file {
            let Unfinished { file, path, wanted } = unfinished;
            let named = || format!("{} cannot be written", wanted.display());
            file.sync_all().with_context(named)?;
            fs::rename(path, wanted).with_context(named)?;
            let folder = wanted.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).with_context(named)?;
        }
        Ok(self.bytes)
    }
}

impl Report {
    /// Standard output may be the export itself.
    fn tell(&self) {
        let size = output::bytes(self.bytes);
        let to = self.file.as_ref().map_or_else(String::new, |file| format!(" to {}", file.display()));
        match &self.counts {
            Some(counts) => output::tell(&format!("exported {}{to} ({size})", counts.words())),
            None => output::tell(&format!("exported the conversation{to} ({size})")),
        }
    }
}
