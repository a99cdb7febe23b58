//! Taking in what was kept elsewhere, or here.
//!
//! Our own form is JSON lines: `session`, `conversation`, `message` and `memory`, each in its own line and after what it
//! refers to. The exports of other programs are lists of conversations, which become such items one by one (`foreign`),
//! alone or in a zip (`archive`), or rows of a database. What a file is, its beginning tells (`sniff`).
//!
//! Text is read as a stream in constant memory; what can only be read whole waits in a file until it is (`spooled`). It is
//! stored in units of some hundred items; each unit finds what is there already by its foreign id and stores the rest, so
//! an import that broke off is completed by importing the same file again.

mod archive;
mod batch;
mod elements;
mod foreign;
mod format;
#[cfg(fuzzing)]
pub mod fuzz;
mod item;
mod keys;
mod lines;
mod memorising;
mod origin;
mod past;
mod report;
mod restoring;
mod run;
mod sniff;
mod spooled;
mod storing;

use std::{pin::pin, sync::Arc};

use futures_core::Stream;
use futures_util::StreamExt;
use jarvis_core::{Error, Result, Scope};
use tokio::sync::Semaphore;

pub use format::ImportFormat;
pub use report::{ImportCounts, ImportReport, LeftOut, SkippedLine};

use crate::{accounts::QUOTA_EXCEEDED, context::Context};
use run::{Cutter, Run};
use sniff::{Kind, sniff};

/// Bytes of one line at most: the longest answer with every character escaped, and its metadata.
pub const MAX_IMPORT_LINE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of one conversation of another program at most: it is held in memory, several times over.
pub const MAX_IMPORT_ELEMENT_BYTES: usize = 64 * 1024 * 1024;
/// Imports at the same time whose files wait on disk.
const MAX_SPOOLED: usize = 2;

/// Taking in what other programs kept.
#[derive(Debug)]
pub struct Import {
    context: Context,
    spooling: Arc<Semaphore>,
}

impl Import {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, spooling: Arc::new(Semaphore::new(MAX_SPOOLED)) }
    }

    /// Imports a file that comes in pieces: JSON lines, the export of another program, alone or in a zip, or a database of
    /// OpenConverse. `format` is what the caller knows of it; otherwise its beginning tells. What cannot be taken is
    /// reported and the rest is stored; what an earlier import of the same file made is left as it is.
    ///
    /// An error of the stream or of the store ends it; what was stored before stays, and the error says so. `Invalid` with
    /// code `not_an_export` when it is nothing that is known, `TooLarge` for a zip or database beyond the configured size.
    #[tracing::instrument(name = "import.take", target = "jarvis", skip_all)]
    pub async fn take<B>(
        &self,
        scope: Scope,
        format: Option<ImportFormat>,
        chunks: impl Stream<Item = Result<B>> + Send,
    ) -> Result<ImportReport>
    where
        B: AsRef<[u8]> + Send,
    {
        self.context.allow_more(&scope).await?;
        let mut run = Run::new(self.context.clone(), scope, format);
        // the end may be met while the beginning is looked at
        let mut chunks = pin!(chunks.map(|chunk| chunk.map(|chunk| chunk.as_ref().to_vec())).fuse());
        match self.read(&mut run, format, &mut chunks).await {
            Ok(()) => Ok(run.report),
            Err(cause) if cause.code() == NOT_AN_EXPORT => Err(cause),
            // what is left would go around what was refused
            Err(cause) if cause.code() == QUOTA_EXCEEDED => Err(run.report.broken_off(cause)),
            Err(cause) => {
                // what came whole is as good as before
                let cause = run.flush_all().await.err().unwrap_or(cause);
                Err(run.report.broken_off(cause))
            }
        }
    }

    async fn read<S>(&self, run: &mut Run, format: Option<ImportFormat>, chunks: &mut S) -> Result<()>
    where
        S: Stream<Item = Result<Vec<u8>>> + Send + Unpin,
    {
        let mut head = Vec::new();
        let kind = loop {
            let chunk = chunks.next().await.transpose()?;
            let is_all = chunk.is_none();
            head.extend(chunk.unwrap_or_default());
            if let Some(kind) = sniff(&head, is_all, format) {
                break kind;
            }
        };
        match kind {
            Kind::Lines => run.begin(None, Cutter::lines()),
            Kind::Elements => run.begin(None, Cutter::elements()),
            Kind::Zip | Kind::Database => {
                let _place = self.spooling.try_acquire().map_err(|_| spooled::busy())?;
                return spooled::import(&self.context, run, kind, format, head, chunks).await;
            }
            Kind::Unknown => return Err(not_an_export()),
        }
        run.feed(&head).await?;
        drop(head);
        while let Some(chunk) = chunks.next().await {
            run.feed(&chunk?).await?;
        }
        run.end().await?;
        run.flush_all().await?;
        if run.is_no_export() { Err(not_an_export()) } else { Ok(()) }
    }
}

const NOT_AN_EXPORT: &str = "not_an_export";

fn not_an_export() -> Error {
    Error::invalid(
        "body",
        "this is no export that is known; take the conversations.json of ChatGPT or Claude or the zip with it, chats of Open \
         WebUI, a conversation of LibreChat, a database of OpenConverse, or JSON lines (format jsonl)",
    )
    .with_code(NOT_AN_EXPORT)
}
