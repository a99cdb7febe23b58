use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

use super::end::End;

const OPEN: &str = "jarvis_websockets_open";
const MESSAGES: &str = "jarvis_websocket_messages_total";
const CLOSES: &str = "jarvis_websocket_closes_total";

/// What is counted of every socket.
pub(super) struct Meters {
    open: Gauge,
    received: Counter,
    sent: Counter,
}

impl Meters {
    pub(super) fn new() -> Self {
        describe_gauge!(OPEN, "Open WebSockets.");
        describe_counter!(MESSAGES, "Messages over WebSockets, by direction.");
        describe_counter!(CLOSES, "WebSockets that ended, by who ended them and the close code.");
        // so that there is something to compare the first one with
        for end in [End::ByClient(None), End::Gone, End::Slow, End::Crowded] {
            let (by, code) = end.labels();
            counter!(CLOSES, "by" => by, "code" => code).absolute(0);
        }
        Self {
            open: gauge!(OPEN),
            received: counter!(MESSAGES, "direction" => "in"),
            sent: counter!(MESSAGES, "direction" => "out"),
        }
    }

    /// Counts a socket until what this answers is dropped.
    pub(super) fn open(&self) -> Open {
        self.open.increment(1.0);
        Open(self.open.clone())
    }

    pub(super) fn received(&self) {
        self.received.increment(1);
    }

    pub(super) fn sent(&self) {
        self.sent.increment(1);
    }
}

/// Counts the end of a socket.
pub(super) fn closed(end: End) {
    let (by, code) = end.labels();
    counter!(CLOSES, "by" => by, "code" => code).increment(1);
}

/// A socket that is counted.
pub(super) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
