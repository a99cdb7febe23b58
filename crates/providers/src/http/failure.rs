use std::{error::Error as StdError, io, time::Duration};

use hyper::StatusCode;
use jarvis_core::Error;

/// Why there is no answer to use. Each family of providers says in its own words and codes what that means.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request could not even be made.
    Ours(Error),
    /// Nobody there, or the connection broke.
    Unreachable(Box<dyn StdError + Send + Sync>),
    /// No connection within the time for it, or no answer within the caller's.
    TooSlow(Box<dyn StdError + Send + Sync>),
    /// A status other than a success.
    Refused(Refusal),
    /// The body is larger than any answer may be.
    TooLarge,
}

/// An answer with a status other than a success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body, for the log and for telling apart what the status does not; our key is blanked.
    pub(crate) detail: String,
}

impl Refusal {
    /// Whether the body speaks of any of these, whatever the case.
    pub(crate) fn mentions(&self, words: &[&str]) -> bool {
        let detail = self.detail.to_ascii_lowercase();
        words.iter().any(|word| detail.contains(word))
    }

    /// What the log gets.
    pub(crate) fn cause(&self) -> String {
        format!("HTTP {}: {}", self.status.as_u16(), self.detail.trim())
    }
}

impl Failure {
    /// What a connection's error means.
    pub(super) fn of(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error.as_ref());
        while let Some(error_within) = cause {
            if error_within.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
                return Self::TooSlow(error);
            }
            cause = error_within.source();
        }
        Self::Unreachable(error)
    }
}
