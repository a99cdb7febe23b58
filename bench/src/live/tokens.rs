use std::time::Instant;

use std::sync::LazyLock;

/// The beginning of this process's time: upstream and client share it.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Microseconds since this process began to measure.
pub(super) fn now_us() -> u64 {
    u64::try_from(BEGUN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A token that tells when it was made.
pub(super) fn stamped() -> String {
    format!("@{} ", now_us())
}

/// When the tokens of a text were made. A token that is cut in two is left out.
pub(super) fn stamps(text: &str) -> impl Iterator<Item = u64> {
    text.split('@').skip(1).filter_map(|rest| {
        let (digits, _) = rest.split_once(' ')?;
        digits.parse().ok()
    })
}
