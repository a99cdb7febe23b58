use std::{pin::pin, time::Duration};

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::{
    end::End,
    meters::{self, Open},
};
use crate::{serve::Taken, state::App};

/// Bytes of a message at most.
const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// Longest a client may take for its part of a farewell, and for what still waits for it when the server ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// What came over a socket.
pub(super) enum Received {
    /// Text.
    Text(Utf8Bytes),
    /// Bytes, which no dialect takes.
    Binary,
    /// A sign of life.
    Sign,
}

/// The wire of one socket.
pub(super) struct Line {
    socket: WebSocket,
    app: App,
    taken: Taken,
    _open: Open,
}

impl Line {
    /// `taken` counts what the client has taken.
    pub(super) fn new(socket: WebSocket, app: App, taken: Taken) -> Self {
        let open = app.sockets.meters.open();
        Self { socket, app, taken, _open: open }
    }

    /// The next that comes. Nothing is lost when the future is dropped before it is ready.
    pub(super) async fn receive(&mut self) -> Result<Received, End> {
        let message = match self.socket.recv().await {
            None => return Err(End::Gone),
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(message)) => message,
        };
        match message {
            Message::Text(text) => {
                self.app.sockets.meters.received();
                if text.len() > MAX_MESSAGE_BYTES { Err(End::TooLarge) } else { Ok(Received::Text(text)) }
            }
            Message::Binary(bytes) => {
                self.app.sockets.meters.received();
                if bytes.len() > MAX_MESSAGE_BYTES { Err(End::TooLarge) } else { Ok(Received::Binary) }
            }
            // The library answers pings.
            Message::Ping(_) | Message::Pong(_) => Ok(Received::Sign),
            Message::Close(frame) => Err(End::ByClient(frame.map(|frame| frame.code))),
        }
    }

    /// Sends a value as a text message.
    pub(super) async fn json(&mut self, value: &impl Serialize) -> Result<(), End> {
        // No wire type of ours fails to encode.
        let text = serde_json::to_string(value).unwrap_or_default();
        self.app.sockets.meters.sent();
        self.send(Message::Text(text.into())).await
    }

    /// Asks whether the client is there.
    pub(super) async fn ping(&mut self) -> Result<(), End> {
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let patience = self.app.sockets.options.write_patience;
        let ending = async {
            self.app.readiness.draining().await;
            sleep(FAREWELL).await;
        };
        tokio::select! {
            biased;
            sent = while_taken(&self.taken, patience, self.socket.send(message)) => match sent {
                Some(Ok(())) => Ok(()),
                Some(Err(_)) => Err(End::Gone),
                None => Err(End::Slow),
            },
            () = ending => Err(End::Slow),
        }
    }

    /// Ends the socket: says why, and waits a little for the client to have heard it.
    pub(super) async fn close(&mut self, end: End) {
        meters::closed(end);
        let farewell = async {
            if let Some((code, reason)) = end.farewell() {
                let frame = CloseFrame { code, reason: reason.into() };
                if self.socket.send(Message::Close(Some(frame))).await.is_err() {
                    return;
                }
            }
            if end.is_in_mid_message() {
                // To close over unread bytes is to reset the connection, and the reason may be lost with it.
                sleep(FAREWELL).await;
            } else if end != End::Slow {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

/// Waits for `sending` while some of it is taken in each span of `patience`, however long the whole takes.
async fn while_taken<T>(taken: &Taken, patience: Duration, sending: impl Future<Output = T>) -> Option<T> {
    let mut sending = pin!(sending);
    let mut before = taken.bytes();
    loop {
        if let Ok(sent) = timeout(patience, sending.as_mut()).await {
            return Some(sent);
        }
        let now = taken.bytes();
        if now == before {
            return None;
        }
        before = now;
    }
}

/// What an error of the library means. axum hides its type, so its own text has to tell a message that is too large.
fn broken(error: &axum::Error) -> End {
    use std::error::Error;
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    if cause.starts_with("Space limit exceeded") {
        End::TooLarge
    } else if cause.starts_with("WebSocket protocol error") || cause.contains("UTF-8") {
        End::Garbled
    } else {
        End::Gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_may_take_little_at_a_time_but_not_nothing() {
        let (taken, patience) = (Taken::default(), Duration::from_secs(10));
        let slow = async {
            for _ in 0..10 {
                sleep(Duration::from_secs(9)).await;
                taken.add(1);
            }
        };
        assert_eq!(while_taken(&taken, patience, slow).await, Some(()));
        let stops = async {
            taken.add(1);
            std::future::pending::<()>().await;
        };
        assert_eq!(while_taken(&taken, patience, stops).await, None);
    }
}
