use std::time::Duration;

/// How Redis is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOptions {
    /// `redis://…`, `redis+cluster://…` or `redis+sentinel://…/name`. May hold a password, so it is never shown.
    pub url: String,
    /// With what every key begins, so that installations share a server: up to 64 letters, digits, `:`, `.`, `_`, `-`.
    pub prefix: String,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for an answer.
    pub command_timeout: Duration,
}

impl RedisOptions {
    /// With waits that fit a server nearby.
    pub fn new(url: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: prefix.into(),
            connect_timeout: Duration::from_secs(2),
            command_timeout: Duration::from_secs(1),
        }
    }
}
