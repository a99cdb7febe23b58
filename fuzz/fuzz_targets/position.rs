//! Ids, cursors, times, names of networks, nodes, channels and time zones, and the ids of events.
#![no_main]

use jarvis_core::{
    Timestamp,
    id::MessageId,
    policy::networks::Network,
    types::{Cursor, NodeId},
};
use jarvis_engine::Channel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    jarvis_server::fuzz::position(text);
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string(), text);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        assert_eq!(at.to_string().parse::<Timestamp>().ok(), Some(at));
    }
    if let Ok(network) = text.parse::<Network>() {
        assert_eq!(network.to_string().parse::<Network>().ok(), Some(network));
    }
    if let Ok(channel) = text.parse::<Channel>() {
        assert_eq!(channel.to_string().parse::<Channel>().ok(), Some(channel));
    }
    let _ = (text.parse::<MessageId>(), text.parse::<NodeId>());
    jarvis_engine::fuzz_accounts::time_zone(text);
});
