use axum::extract::ws::{CloseCode, close_code};

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client closed, with this code when it gave one.
    ByClient(Option<CloseCode>),
    /// The connection is gone.
    Gone,
    /// The client does not take what waits for it. What waits stands before any farewell, so there is none.
    Slow,
    /// The client does not answer pings.
    Silent,
    /// The client sends one message after another that cannot be understood.
    Unruly,
    /// A message is too large.
    TooLarge,
    /// What came is no WebSocket.
    Garbled,
    /// The server ends.
    Draining,
    /// The server was ending before the socket was open.
    DrainingAlready,
    /// The client has not said who it is.
    Unknown,
    /// What proved who the client is does no more.
    LoggedOut,
    /// There are too many sockets.
    Crowded,
}

impl End {
    /// What the client is told: code and reason.
    pub(super) const fn farewell(self) -> Option<(CloseCode, &'static str)> {
        Some(match self {
            // The library has answered the client's close already.
            Self::ByClient(_) | Self::Gone | Self::Slow => return None,
            Self::Silent => (close_code::POLICY, "two pings were not answered"),
            Self::Unruly => (close_code::POLICY, "too many messages that cannot be understood"),
            Self::Unknown => {
                (close_code::POLICY, "say who you are: {\"type\":\"auth\",\"token\":…}, or a token in the handshake")
            }
            Self::LoggedOut => (close_code::POLICY, "the login is over"),
            Self::TooLarge => (close_code::SIZE, "a message may have at most 131072 bytes"),
            Self::Garbled => (close_code::PROTOCOL, "what came does not follow RFC 6455"),
            Self::Draining => (close_code::AWAY, "Server shutdown"),
            Self::DrainingAlready => (close_code::AGAIN, "Server shutdown"),
            Self::Crowded => (close_code::AGAIN, "too many WebSockets are open; try again later"),
        })
    }

    /// Whether the client may still be sending what nobody will read.
    pub(super) const fn is_in_mid_message(self) -> bool {
        matches!(self, Self::TooLarge | Self::Garbled)
    }

    /// Its name in meters: who ended it, and the code.
    pub(super) fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::ByClient(code) => ("client", known(code)),
            Self::Gone => ("client", "gone"),
            Self::Slow => ("server", "slow"),
            _ => ("server", known(self.farewell().map(|(code, _)| code))),
        }
    }
}

/// The codes that are worth telling apart; clients may invent any.
fn known(code: Option<CloseCode>) -> &'static str {
    match code {
        Some(close_code::NORMAL) => "1000",
        Some(close_code::AWAY) => "1001",
        Some(close_code::PROTOCOL) => "1002",
        Some(close_code::POLICY) => "1008",
        Some(close_code::SIZE) => "1009",
        Some(close_code::ERROR) => "1011",
        Some(close_code::AGAIN) => "1013",
        Some(_) => "other",
        None => "none",
    }
}
