use std::time::Duration;

/// How WebSockets are served.
#[derive(Clone, Copy, Debug)]
pub struct SocketOptions {
    /// Open at once at most; one more is closed with 1013. Each is a file descriptor of the process.
    pub max: usize,
    /// How often a client is asked whether it is still there; one that leaves two in a row unanswered is given up.
    pub heartbeat: Duration,
    /// How long a client may take nothing of a message that waits for it; its socket is cut within as much again. Where
    /// nobody counts what is taken (the router outside [`serve`](crate::serve())) it is the time for a whole message.
    pub write_patience: Duration,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self { max: 16_384, heartbeat: Duration::from_secs(30), write_patience: Duration::from_secs(10) }
    }
}
