//! Copying the write-ahead log back into the database, away from the commit.
//!
//! The writer asks for it when the log has grown by [`SOFT_FRAMES`]. While writes go on without a pause a checkpoint of
//! another connection never catches up, and the log could grow for ever; so at [`HARD_FRAMES`] the writer finishes the
//! rest itself, between two groups, and the next commit begins the log anew.

use rusqlite::Connection;
use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
};

use crate::{connection, error::Attempt};

/// Pages in the log (4 KiB each) at which it is copied in the background.
pub(crate) const SOFT_FRAMES: u32 = 1000;
/// Pages in the log at which the writer itself copies what is left.
pub(crate) const HARD_FRAMES: u32 = 16_000;

/// Asks the checkpointing thread; the thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpointer(SyncSender<()>);

impl Checkpointer {
    pub(crate) fn start(path: &Path) -> Attempt<(Self, std::io::Result<JoinHandle<()>>)> {
        let connection = connection::writer(path)?;
        let (ask, asked) = sync_channel(1);
        let thread =
            std::thread::Builder::new().name("sqlite-checkpoint".into()).spawn(move || serve(&connection, &asked));
        Ok((Self(ask), thread))
    }

    /// Asks for a checkpoint soon; one that is already due serves this too.
    pub(crate) fn ask(&self) {
        let _ = self.0.try_send(());
    }
}

fn serve(connection: &Connection, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        if let Err(error) = run(connection, "PASSIVE") {
            // a full disk, say: the log keeps what was acknowledged and the next commit asks again
            tracing::warn!(error = ?error, "the write-ahead log could not be copied into the database");
        }
    }
}

/// Checkpoints as far as readers allow; never waits for them unless `mode` says so.
pub(crate) fn run(connection: &Connection, mode: &str) -> Attempt<()> {
    Ok(connection.pragma_update_and_check(None, "wal_checkpoint", mode, |_| Ok(()))?)
}
