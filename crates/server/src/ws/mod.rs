//! WebSockets: one task per socket, one socket for as many answers and channels as its bounds allow.
//!
//! [`Session`] is the loop: it waits for whatever comes first (a message, a piece of an answer, a live event, the
//! heartbeat, the end) and hands it to the dialect that the client's first message has chosen. [`Line`] is the wire:
//! every write is bounded in time, so a client that does not read loses its socket and nothing else. Thousands of sockets
//! are idle at any time, so what only a busy one needs (answers, a subscription, the work on one message) is allocated
//! when it is needed.

mod answers;
mod end;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod line;
mod meters;
mod opening;
mod options;
mod plain;
mod session;
mod typed;

use std::sync::Arc;

use axum::{extract::ws::WebSocketUpgrade, response::Response};
use jarvis_core::observe;
use tokio::sync::Semaphore;

pub use options::SocketOptions;

use crate::{Phase, access::Identity, edge::RequestId, serve::Taken, state::App};
use end::End;
use line::Line;
use meters::Meters;
use session::Session;

/// Bytes read at once. A socket keeps this much; a message may be larger.
const READ_BUFFER: usize = 1024;
/// Bytes of a message that are read at all, so that a sender of too much can still be told so.
const MAX_READ_BYTES: usize = 1024 * 1024;
/// Bytes that may wait to be written: the longest answer with every character escaped fits.
const MAX_WRITE_BYTES: usize = 8 * 1024 * 1024;

/// What all sockets share.
pub(crate) struct Sockets {
    options: SocketOptions,
    meters: Meters,
    slots: Arc<Semaphore>,
}

impl Sockets {
    pub(crate) fn new(options: SocketOptions) -> Self {
        let slots = Arc::new(Semaphore::new(options.max.min(Semaphore::MAX_PERMITS)));
        Self { options, meters: Meters::new(), slots }
    }
}

/// Who shakes hands.
pub(crate) struct Caller {
    /// As far as they have said yet.
    pub(crate) identity: Identity,
    /// The user whom they name.
    pub(crate) named: Option<String>,
}

/// Answers a handshake; the socket then lives in a task of its own until it is closed. `taken` counts what its client
/// takes.
pub(crate) fn open(
    app: App,
    upgrade: WebSocketUpgrade,
    taken: Taken,
    caller: Caller,
    request_id: RequestId,
) -> Response {
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BYTES)
        .max_message_size(MAX_READ_BYTES)
        .max_frame_size(MAX_READ_BYTES);
    // The connection may be over before the socket has its task: the end waits for it from now on.
    let opening = app.readiness.sockets().token();
    // without the handshake's span, which would not end before the socket does
    let context = observe::current();
    upgrade.on_upgrade(move |socket| {
        let readiness = app.readiness.clone();
        let mut line = Line::new(socket, app.clone(), taken);
        // The task that upgrades ends here and its memory with it.
        match Arc::clone(&app.sockets.slots).try_acquire_owned() {
            Ok(slot) if readiness.phase() != Phase::Draining => {
                // Boxed: a future would hold one place for it per function it passes through.
                let mut session = Box::new(Session::new(app, line, caller, request_id));
                let running = async move {
                    session.run().await;
                    drop(slot);
                };
                drop(readiness.sockets().spawn(observe::within(context, running)));
            }
            Ok(_) => drop(readiness.sockets().spawn(async move { line.close(End::DrainingAlready).await })),
            Err(_) => drop(readiness.sockets().spawn(async move { line.close(End::Crowded).await })),
        }
        drop(opening);
        std::future::ready(())
    })
}
