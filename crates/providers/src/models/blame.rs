//! Whom an error is to be blamed on.

use jarvis_core::{Error, ErrorKind, policy::breaker::Verdict};

/// Codes of a server that is well and will not do what it was asked: neither time nor peace changes that.
const REFUSALS: [&str; 2] = ["model_refused", "model_key_refused"];

/// Whether asking the same again may end otherwise. What was too slow once would only double the wait.
pub(super) fn may_be_tried_again(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Upstream) && !REFUSALS.contains(&error.code())
}

/// What an error says about the server behind it.
pub(super) fn verdict(error: &Error) -> Verdict {
    let is_fault = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Upstream | ErrorKind::DeadlineExceeded);
    match error.retry_after() {
        _ if !is_fault || REFUSALS.contains(&error.code()) => Verdict::Sound,
        Some(after) => Verdict::Asked(after),
        None => Verdict::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_a_servers_own_faults_are_held_against_it() {
        let overloaded = ErrorKind::Unavailable.error("busy").with_retry_after(Duration::from_secs(7));
        for (error, expected) in [
            (ErrorKind::Unavailable.error("nobody there"), Verdict::Fault),
            (ErrorKind::Upstream.error("HTTP 500").with_code("model_failed"), Verdict::Fault),
            (ErrorKind::DeadlineExceeded.error("silence"), Verdict::Fault),
            (overloaded, Verdict::Asked(Duration::from_secs(7))),
            (ErrorKind::Upstream.error("HTTP 400").with_code("model_refused"), Verdict::Sound),
            (ErrorKind::Upstream.error("HTTP 401").with_code("model_key_refused"), Verdict::Sound),
            (Error::invalid("model", "unknown"), Verdict::Sound),
        ] {
            assert_eq!(verdict(&error), expected, "{error:?}");
        }
        assert!(!may_be_tried_again(&ErrorKind::DeadlineExceeded.error("silence")));
        assert!(!may_be_tried_again(&ErrorKind::Upstream.error("HTTP 401").with_code("model_key_refused")));
        assert!(may_be_tried_again(&ErrorKind::Upstream.error("HTTP 500").with_code("model_failed")));
    }
}
