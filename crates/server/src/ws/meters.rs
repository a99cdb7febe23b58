use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::end::End;

const OPEN: &str = "jarvis_websockets_open";
const MESSAGES: &str = "jarvis_websocket_messages_total";
const CLOSES: &str = "jarvis_websocket_closes_total";

/// Tells `/metrics` what the meters mean.
pub(super) fn describe() {
    describe_gauge!(OPEN, "Open WebSockets.");
    describe_counter!(MESSAGES, "Messages over WebSockets, by direction.");
    describe_counter!(CLOSES, "WebSockets that ended, by who ended them and the close code.");
}

/// Counts a socket while it lives.
pub(super) struct Open(());

impl Open {
    pub(super) fn new() -> Self {
        gauge!(OPEN).increment(1.0);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(OPEN).decrement(1.0);
    }
}

pub(super) fn received() {
    counter!(MESSAGES, "direction" => "in").increment(1);
}

pub(super) fn sent() {
    counter!(MESSAGES, "direction" => "out").increment(1);
}

pub(super) fn closed(end: End) {
    let (by, code) = end.labels();
    counter!(CLOSES, "by" => by, "code" => code).increment(1);
}
