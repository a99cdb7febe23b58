use std::{error::Error as StdError, io, time::Duration};

use hyper::StatusCode;
use jarvis_core::Error;
use serde_json::Value;

/// Characters of a server's own words that the log gets.
const LOGGED: usize = 200;

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
    /// The beginning of the body, for telling apart what the status does not; our key is blanked.
    pub(crate) detail: String,
}

impl Refusal {
    /// Whether the body speaks of any of these, whatever the case.
    pub(crate) fn mentions(&self, words: &[&str]) -> bool {
        let detail = self.detail.to_ascii_lowercase();
        words.iter().any(|word| detail.contains(word))
    }

    /// What the log gets: the status and the server's reason. Never the body, in which servers repeat what they were
    /// sent, with what people said and what was recalled for them.
    pub(crate) fn cause(&self) -> String {
        let status = self.status.as_u16();
        match serde_json::from_str(&self.detail).ok().as_ref().and_then(reason) {
            Some(reason) => format!("HTTP {status}: {}", beginning(reason)),
            None => format!("HTTP {status}"),
        }
    }
}

/// Where servers write their reason, when it is a sentence: OpenAI's and its imitators', Ollama's, the bridges'.
fn reason(body: &Value) -> Option<&str> {
    let places = [body.pointer("/error/message"), body.get("error"), body.get("detail"), body.get("message")];
    places.into_iter().flatten().find_map(Value::as_str)
}

/// As much of a server's words as the log gets.
pub(crate) fn beginning(words: &str) -> &str {
    words.char_indices().nth(LOGGED).map_or(words, |(end, _)| &words[..end])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_gets_the_reason_and_not_what_was_sent() {
        let cause = |detail: &str| {
            Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, retry_after: None, detail: detail.to_owned() }.cause()
        };
        for told in [
            r#"{"error":{"message":"bad role","type":"x"},"input":"sent"}"#,
            r#"{"error":"bad role","message":"sent"}"#,
            r#"{"detail":"bad role"}"#,
            r#"{"message":"bad role"}"#,
        ] {
            assert_eq!(cause(told), "HTTP 422: bad role", "{told}");
        }
        for echo in [r#"{"detail":[{"msg":"bad role","input":"sent"}]}"#, "sent", r#"{"error":"bad role","input":"se"#]
        {
            assert_eq!(cause(echo), "HTTP 422", "{echo}");
        }
        let long = cause(&format!(r#"{{"error":"{}"}}"#, "é".repeat(500)));
        assert_eq!(long.chars().count(), "HTTP 422: ".len() + LOGGED);
    }
}
