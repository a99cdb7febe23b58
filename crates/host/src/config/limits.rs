//! How much anybody may ask, send and keep open.

use std::time::Duration;

use jarvis_core::{
    Result,
    policy::request_limits::{ClassLimits, RequestLimits},
};
use serde::{Deserialize, Serialize};

use super::resolve::Judge;

/// How much anybody may ask, send and keep open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsConfig {
    /// How often.
    pub requests: RequestLimits,
    /// Connections at once that carry requests.
    pub max_connections: usize,
    /// Connections at once from one address, WebSockets included; `None` is no limit.
    pub connections_per_address: Option<usize>,
    /// Longest a client may take to send a request's head, and longest an idle connection is kept.
    pub head_timeout: Duration,
    /// Longest a client may send nothing of a body, or take nothing of an answer.
    pub stall_timeout: Duration,
    /// Bytes of a request's body, other than an import's.
    pub max_body_bytes: usize,
}

/// The section `[limits]` as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLimits {
    enabled: bool,
    loopback: bool,
    user: RawClasses,
    address: RawClasses,
    max_connections: u32,
    connections_per_address: u32,
    head_timeout_secs: u16,
    stall_timeout_secs: u16,
    max_body_kib: u32,
}

/// Requests in a minute, by class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawClasses {
    auth: u32,
    chat: u32,
    write: u32,
    read: u32,
    search: u32,
    transfer: u32,
    admin: u32,
}

impl Default for RawClasses {
    fn default() -> Self {
        Self { auth: 60, chat: 6_000, write: 60_000, read: 120_000, search: 60_000, transfer: 600, admin: 6_000 }
    }
}

impl Default for RawLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            loopback: false,
            user: RawClasses::default(),
            address: RawClasses::default(),
            max_connections: 4_096,
            connections_per_address: 1_024,
            head_timeout_secs: 30,
            stall_timeout_secs: 30,
            max_body_kib: 1_024,
        }
    }
}

pub(super) fn limits(judge: &Judge<'_>, raw: &RawLimits) -> Result<LimitsConfig> {
    let requests = if raw.enabled {
        RequestLimits {
            user: classes(judge, &USER_KEYS, &raw.user)?,
            address: classes(judge, &ADDRESS_KEYS, &raw.address)?,
            loopback: raw.loopback,
        }
    } else {
        RequestLimits { loopback: raw.loopback, ..RequestLimits::default() }
    };
    let per_address =
        judge.within("limits.connections_per_address", raw.connections_per_address.into(), 0, 1_000_000)? as usize;
    Ok(LimitsConfig {
        requests,
        max_connections: judge.within("limits.max_connections", raw.max_connections.into(), 16, 1_000_000)? as usize,
        connections_per_address: (per_address > 0).then_some(per_address),
        head_timeout: judge.seconds("limits.head_timeout_secs", raw.head_timeout_secs)?,
        stall_timeout: judge.seconds("limits.stall_timeout_secs", raw.stall_timeout_secs)?,
        max_body_bytes: judge.within("limits.max_body_kib", raw.max_body_kib.into(), 1, 64 << 10)? as usize * 1_024,
    })
}

/// Requests in a minute, at most: one each microsecond.
const MOST: u64 = 60_000_000;
const USER_KEYS: [&str; 7] = [
    "limits.user.auth",
    "limits.user.chat",
    "limits.user.write",
    "limits.user.read",
    "limits.user.search",
    "limits.user.transfer",
    "limits.user.admin",
];
const ADDRESS_KEYS: [&str; 7] = [
    "limits.address.auth",
    "limits.address.chat",
    "limits.address.write",
    "limits.address.read",
    "limits.address.search",
    "limits.address.transfer",
    "limits.address.admin",
];

fn classes(judge: &Judge<'_>, keys: &[&'static str; 7], raw: &RawClasses) -> Result<ClassLimits> {
    let RawClasses { auth, chat, write, read, search, transfer, admin } = *raw;
    let counts = [auth, chat, write, read, search, transfer, admin];
    for (key, count) in keys.iter().zip(counts) {
        judge.within(key, count.into(), 0, MOST)?;
    }
    ClassLimits::per_minute(counts)
}
