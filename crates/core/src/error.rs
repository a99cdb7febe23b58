//! The one error type of the product.
//!
//! - `kind` says what the caller can do about it; the server maps it to a status in one function.
//! - `code` is the stable word a program matches on (`generation_running`); it defaults to the kind's own.
//! - `message` is for a person: lowercase, no final dot, says what to do next, and never carries SQL, paths, secrets or
//!   another user's data. The cause goes into `source`, which is logged and never shown.
//! - `retry_after` is set when trying again later can help.
//!
//! Lookups answer `Result<Option<T>>`; "not found" becomes an error only at the edge. An error is logged once, where it
//! is handled.

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

/// Result of everything in the product.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, from the point of view of whoever has to react.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot be parsed.
    Malformed,
    /// The request parses but a value is not acceptable.
    Invalid,
    /// Nobody, or nobody known, is asking.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing, or it belongs to somebody else.
    NotFound,
    /// The state of the thing does not allow this now.
    Conflict,
    /// The request is larger than its class allows.
    TooLarge,
    /// The content type, or a provider that this build lacks.
    Unsupported,
    /// Too many requests; see `retry_after`.
    RateLimited,
    /// The disk is full: reads go on, writes do not.
    StorageFull,
    /// Something we need is down, starting or draining; see `retry_after`.
    Unavailable,
    /// An upstream answered, badly.
    Upstream,
    /// The time allowed is over.
    DeadlineExceeded,
    /// Stored data does not decode or contradicts itself.
    Corrupt,
    /// A defect of ours.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order in which they are declared.
    pub const ALL: [Self; 15] = [
        Self::Malformed,
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::TooLarge,
        Self::Unsupported,
        Self::RateLimited,
        Self::StorageFull,
        Self::Unavailable,
        Self::Upstream,
        Self::DeadlineExceeded,
        Self::Corrupt,
        Self::Internal,
    ];

    /// The stable word for this kind on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
            Self::RateLimited => "rate_limited",
            Self::StorageFull => "storage_full",
            Self::Unavailable => "unavailable",
            Self::Upstream => "upstream",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }

    /// The kind with this word; none for a word that is no kind's.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the same request may succeed later without being changed.
    pub const fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::StorageFull | Self::Unavailable | Self::Upstream | Self::DeadlineExceeded
        )
    }

    /// Whether something of ours, or something we stand on, went wrong; otherwise the caller asked for what cannot be.
    pub const fn is_ours(self) -> bool {
        matches!(
            self,
            Self::StorageFull
                | Self::Unavailable
                | Self::Upstream
                | Self::DeadlineExceeded
                | Self::Corrupt
                | Self::Internal
        )
    }

    /// An error of this kind with a message for a person.
    pub fn error(self, message: impl Into<Cow<'static, str>>) -> Error {
        Error { kind: self, code: self.code(), message: message.into(), field: None, source: None, retry_after: None }
    }
}

/// An error with its kind, a message for a person, and the cause for the log.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    code: &'static str,
    message: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    retry_after: Option<Duration>,
}

impl Error {
    /// A value of the request is not acceptable; `field` names it as the caller wrote it.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = ErrorKind::Invalid.error(message);
        error.field = Some(field.into());
        error
    }

    /// There is no such `noun` for this caller.
    pub fn not_found(noun: &'static str) -> Self {
        ErrorKind::NotFound.error(format!("there is no such {noun}; check its id"))
    }

    /// A defect: the message shown is general, the cause goes to the log.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        ErrorKind::Internal
            .error("something went wrong on our side; the log names the cause under this request id")
            .with_source(source)
    }

    /// Replaces the stable word programs match on.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Names the offending field as the caller knows it, in the sentence too where it begins with it.
    #[must_use]
    pub fn with_field(mut self, field: &'static str) -> Self {
        if let Some(rest) = self.field.as_deref().and_then(|known| self.message.strip_prefix(known)) {
            self.message = format!("{field}{rest}").into();
        }
        self.field = Some(field.into());
        self
    }

    /// Attaches the cause. It is logged, never shown.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Says when trying again can help; what is not known, such as that of a cause, stays as it was.
    #[must_use]
    pub fn with_retry_after(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.retry_after = after.into().or(self.retry_after);
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for a person; safe to show.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The offending field of the request, if one is to blame.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// When trying again can help.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        let mut cause = self.source.as_deref().map(|source| source as &dyn StdError);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_shows_the_message_and_debug_the_whole_chain() {
        let error = ErrorKind::Unavailable
            .error("the store is busy; try again")
            .with_source(std::io::Error::other("lock held"))
            .with_retry_after(Duration::from_secs(1));
        assert_eq!(error.to_string(), "the store is busy; try again");
        assert_eq!(format!("{error:?}"), "unavailable: the store is busy; try again: lock held");
        assert!(error.kind().is_temporary());
    }
}
