//! From what the driver tells to what the caller can do.

use std::time::Duration;

use jarvis_core::{Error, ErrorKind, ports::cache::other_kind};
use redis::{ErrorKind as Told, RedisError, ServerErrorKind};

/// When asking again can help.
const SOON: Duration = Duration::from_secs(1);

/// One function for every failure. None of it shows an address.
pub(super) fn error(error: RedisError) -> Error {
    if error.code() == Some("WRONGTYPE") {
        return other_kind();
    }
    let message = match error.kind() {
        Told::AuthenticationFailed | Told::Server(ServerErrorKind::NoPerm) => {
            "Redis refuses the user or the password; correct them in REDIS_URL (redis.url), redis://USER:PASSWORD@HOST"
        }
        Told::InvalidClientConfig | Told::MasterNameNotFoundBySentinel => {
            "Redis was not found; check REDIS_URL (redis.url)"
        }
        _ if error.code() == Some("NOAUTH") => {
            "Redis wants a password; write it into REDIS_URL (redis.url), redis://:PASSWORD@HOST"
        }
        _ if error.code() == Some("OOM") => "Redis is out of memory; raise its maxmemory or set an eviction policy",
        _ if error.is_timeout() => return slow(),
        _ => "Redis does not answer as it should; see whether it runs",
    };
    ErrorKind::Unavailable.error(message).with_code("redis_unavailable").with_retry_after(SOON).with_source(error)
}

/// It takes too long.
pub(super) fn slow() -> Error {
    let message = "Redis takes too long; see whether it runs";
    ErrorKind::Unavailable.error(message).with_code("redis_unavailable").with_retry_after(SOON)
}

/// Whether Redis is to blame, and not what was asked of it.
pub(super) fn is_outage(error: &Error) -> bool {
    error.kind() == ErrorKind::Unavailable
}

/// Whether the connection may be the reason, or lead to a server that no longer is the one to ask.
pub(super) fn wants_new_connection(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        Told::Io
            | Told::Parse
            | Told::ClusterConnectionNotFound
            | Told::AuthenticationFailed
            | Told::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::ClusterDown)
    )
}
