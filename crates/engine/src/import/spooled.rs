//! Files that can only be read whole: they wait in a scratch file, and a thread reads them from there.

use std::{
    io::{Seek, SeekFrom, Write},
    sync::Arc,
    time::Duration,
};

use futures_core::Stream;
use futures_util::StreamExt;
use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{OpenConverseReader, OpenConverseRow, Scratch, ScratchFile},
};
use tokio::sync::mpsc;

use super::{
    ImportFormat, archive, foreign,
    item::Reason,
    not_an_export,
    report::Place,
    run::{Cutter, Run},
    sniff::Kind,
};
use crate::context::Context;

/// Pieces and rows on their way between the thread and the store, at most.
const AHEAD: usize = 4;
/// Rows that go over at once.
const ROWS: usize = 200;

/// What comes of a file.
#[derive(Debug)]
pub(super) enum Event {
    /// A file of an archive begins.
    Begin { name: String, kind: Kind },
    /// Its next bytes.
    Piece(Vec<u8>),
    /// It ends.
    End,
    /// Some rows of a database.
    Rows(Vec<OpenConverseRow>),
    /// A file that cannot be read.
    Skip { name: String, reason: Reason },
    /// Files that are no conversations.
    Left { what: String, count: u64 },
}

/// On the way to the thread. It must know that nothing is missing, so the end is a piece of its own.
enum Coming {
    Piece(Vec<u8>),
    All,
}

/// Imports a file that must be whole. `head` is its beginning.
pub(super) async fn import<S>(
    context: &Context,
    run: &mut Run,
    kind: Kind,
    format: Option<ImportFormat>,
    head: Vec<u8>,
    chunks: &mut S,
) -> Result<()>
where
    S: Stream<Item = Result<Vec<u8>>> + Send + Unpin,
{
    let (pieces, coming) = mpsc::channel(AHEAD);
    let (events, mut told) = mpsc::channel(AHEAD);
    let (scratch, reader) = (Arc::clone(&context.ports.scratch), Arc::clone(&context.ports.open_converse));
    let reading = tokio::task::spawn_blocking(move || {
        let file = spool(&*scratch, coming)?;
        let Some(file) = file else { return Ok(()) };
        read(file, kind, format, &*reader, &events)
    });
    // a thread that has ended early says why at its end
    let mut is_wanted = pieces.send(Coming::Piece(head)).await.is_ok();
    while is_wanted && let Some(chunk) = chunks.next().await {
        is_wanted = pieces.send(Coming::Piece(chunk?)).await.is_ok();
    }
    if is_wanted {
        let _ = pieces.send(Coming::All).await;
    }
    drop(pieces);
    while let Some(event) = told.recv().await {
        apply(run, event).await?;
    }
    reading.await.map_err(Error::internal)??;
    run.flush_all().await?;
    if run.is_no_export() { Err(not_an_export()) } else { Ok(()) }
}

async fn apply(run: &mut Run, event: Event) -> Result<()> {
    match event {
        Event::Begin { name, kind: Kind::Lines } => run.begin(Some(name), Cutter::lines()),
        Event::Begin { name, .. } => run.begin(Some(name), Cutter::elements()),
        Event::Piece(piece) => run.feed(&piece).await?,
        Event::End => run.end().await?,
        Event::Rows(rows) => {
            run.is_of(ImportFormat::OpenConverse);
            for row in rows {
                run.take(0, foreign::open_converse_row(row)).await?;
            }
        }
        Event::Skip { name, reason } => run.skip(Place { line: 0, path: Some(name) }, reason),
        Event::Left { what, count } => run.report.leave_some(what.into(), count),
    }
    Ok(())
}

/// Writes what comes into a file; none when not all of it came.
fn spool(scratch: &dyn Scratch, mut coming: mpsc::Receiver<Coming>) -> Result<Option<Box<dyn ScratchFile>>> {
    let mut file = scratch.create()?;
    let mut size = 0;
    while let Some(next) = coming.blocking_recv() {
        let Coming::Piece(piece) = next else {
            file.seek(SeekFrom::Start(0)).map_err(|cause| archive::unreadable().with_source(cause))?;
            return Ok(Some(file));
        };
        size += piece.len() as u64;
        if size > scratch.limit() {
            return Err(too_large(scratch.limit()));
        }
        file.write_all(&piece).map_err(|cause| scratch.failed(cause))?;
    }
    Ok(None)
}

fn read(
    file: Box<dyn ScratchFile>,
    kind: Kind,
    format: Option<ImportFormat>,
    reader: &dyn OpenConverseReader,
    events: &mpsc::Sender<Event>,
) -> Result<()> {
    if kind == Kind::Zip {
        return archive::walk(file, format, &mut |event| events.blocking_send(event).is_ok());
    }
    let mut rows = Vec::with_capacity(ROWS);
    let mut is_wanted = true;
    reader.read(file.path(), &mut |row| {
        rows.push(row);
        if rows.len() >= ROWS {
            is_wanted = events.blocking_send(Event::Rows(std::mem::take(&mut rows))).is_ok();
        }
        is_wanted
    })?;
    // a reader that is gone has seen the error that ended it
    let _ = events.blocking_send(Event::Rows(rows));
    Ok(())
}

fn too_large(limit: u64) -> Error {
    let message = format!(
        "a zip or a database may have at most {} MiB; send the files in it one by one, or raise import.max_file_mib",
        limit >> 20
    );
    ErrorKind::TooLarge.error(message)
}

pub(super) fn busy() -> Error {
    ErrorKind::RateLimited
        .error("other files are being imported; try again when they are done")
        .with_code("import_busy")
        .with_retry_after(Duration::from_secs(5))
}
