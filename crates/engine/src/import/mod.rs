//! Taking in what was kept elsewhere, or here.
//!
//! The form is JSON lines: `session`, `conversation`, `message` and `memory`, each in its own line and after what it
//! refers to. A file is read as a stream in constant memory, in units of some hundred lines; each unit finds what is
//! there already by its foreign id and stores the rest, so an import that broke off is completed by importing the same
//! file again. Other forms become these items first.

mod batch;
mod item;
mod keys;
mod lines;
mod past;
mod report;
mod restoring;
mod storing;

use std::{pin::pin, sync::Arc, time::Duration};

use futures_core::Stream;
use futures_util::StreamExt;
use jarvis_core::{
    Result, Scope, Timestamp,
    types::{ConversationStatus, ForeignKind},
};

pub use report::{ImportCounts, ImportReport, SkippedLine};

use crate::context::Context;
use batch::{Batch, Entry};
use item::{Item, Reason};
use keys::{MAX_COUNTED, Positions};
use lines::{Line, Lines};
use report::Outcome;
use storing::Storing;

/// Bytes of one line at most: the longest answer with every character escaped, and its metadata.
pub const MAX_IMPORT_LINE_BYTES: usize = 8 * 1024 * 1024;

/// Taking in what other programs kept.
#[derive(Debug)]
pub struct Import {
    context: Context,
}

impl Import {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Imports JSON lines, whose form the module describes. Lines that cannot be taken are reported and the others are
    /// stored; what an earlier import of the same lines made is left as it is.
    ///
    /// An error of the stream or of the store ends it; what was stored before stays, and the error says so.
    pub async fn jsonl<B>(&self, scope: Scope, chunks: impl Stream<Item = Result<B>> + Send) -> Result<ImportReport>
    where
        B: AsRef<[u8]> + Send,
    {
        let mut run = Run::new(self.context.clone(), scope);
        let mut chunks = pin!(chunks);
        while let Some(chunk) = chunks.next().await {
            let outcome = match chunk {
                Ok(chunk) => run.feed(chunk.as_ref()).await,
                // lines that came whole are as good as before
                Err(broken) => run.flush_all().await.and(Err(broken)),
            };
            outcome.map_err(|cause| run.report.broken_off(cause))?;
        }
        run.finish().await.map_err(|cause| run.report.broken_off(cause))?;
        Ok(run.report)
    }
}

/// An import under way.
struct Run {
    context: Context,
    scope: Scope,
    lines: Lines,
    positions: Positions,
    batch: Batch,
    /// The last moment given to a message that had none.
    last: Timestamp,
    /// Lines of each kind since the beginning, or since the end of an export.
    came: ImportCounts,
    /// The conversation that came last, when it came in the bin.
    binned: Option<String>,
    report: ImportReport,
}

impl Run {
    fn new(context: Context, scope: Scope) -> Self {
        Self {
            context,
            scope,
            lines: Lines::new(MAX_IMPORT_LINE_BYTES),
            positions: Positions::new(MAX_COUNTED),
            batch: Batch::default(),
            last: Timestamp::default(),
            came: ImportCounts::default(),
            binned: None,
            report: ImportReport::default(),
        }
    }

    async fn feed(&mut self, mut chunk: &[u8]) -> Result<()> {
        while let Some(line) = self.lines.next(&mut chunk) {
            self.take(line);
            if self.batch.is_full() {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        if let Some(line) = self.lines.finish() {
            self.take(line);
        }
        self.flush_all().await
    }

    fn take(&mut self, line: Line) {
        self.report.lines += 1;
        let Line { number, text } = line;
        let bytes = text.as_ref().map_or(0, Vec::len);
        let parsed = match text {
            Some(text) => item::parse(&text).transpose(),
            None => Some(Err(format!("the line has more than {MAX_IMPORT_LINE_BYTES} bytes").into())),
        };
        let Some(parsed) = parsed else { return };
        let keyed: Result<(Item, String), Reason> = parsed.and_then(|item| self.complete(item));
        let (item, key) = match keyed {
            Ok((item, key)) => (Ok(item), key),
            Err(reason) => (Err(reason), String::new()),
        };
        self.batch.push(Entry { line: number, item, key }, bytes);
    }

    /// Gives a message what follows from its place in the file: its key, and a moment when it has none.
    fn complete(&mut self, item: Item) -> Result<(Item, String), Reason> {
        match &item {
            Item::Session(_) => self.came.count(ForeignKind::Session),
            Item::Conversation(item) => {
                self.came.count(ForeignKind::Conversation);
                let in_bin = item.past.status == Some(ConversationStatus::Deleted);
                self.binned = in_bin.then(|| item.id.clone());
            }
            Item::Message(_) => self.came.count(ForeignKind::Message),
            Item::Memory(_) => self.came.count(ForeignKind::Memory),
            Item::Summary(_) => {}
            Item::End(end) => end.check(std::mem::take(&mut self.came))?,
        }
        let Item::Message(mut message) = item else { return Ok((item, String::new())) };
        message.past.in_bin = self.binned.as_ref() == Some(&message.conversation_id);
        let key = self.positions.key(&message)?;
        if message.created_at.is_none() {
            // never twice the same: they are shown in the order they came
            self.last = self.context.now().max(self.last.plus(Duration::from_micros(1)));
            message.created_at = Some(self.last);
        }
        Ok((Item::Message(message), key))
    }

    async fn flush_all(&mut self) -> Result<()> {
        while !self.batch.is_empty() {
            self.flush().await?;
        }
        Ok(())
    }

    /// Stores a batch. It waits for the store, so a stream is read no faster than it is stored.
    async fn flush(&mut self) -> Result<()> {
        let entries = self.batch.take();
        let (scope, now, ids) = (self.scope, self.context.now(), Arc::clone(&self.context.ports.ids));
        let stored = self
            .context
            .write_and_tell(
                scope,
                move |tx| Box::pin(async move { Storing::new(tx, scope, ids, now).run(entries).await }),
                Outcome::changes,
            )
            .await?;
        self.report.add(stored);
        Ok(())
    }
}
