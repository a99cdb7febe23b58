//! Ids, cursors, times, networks, and the ids of events.
#![no_main]

use jarvis_core::{Timestamp, id::MessageId, policy::networks::Network, types::Cursor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    jarvis_server::fuzz::position(text);
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse::<Cursor>().ok(), Some(cursor));
    }
    let _ = (text.parse::<Timestamp>(), text.parse::<MessageId>(), text.parse::<Network>());
});
