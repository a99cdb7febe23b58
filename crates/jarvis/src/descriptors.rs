//! How many files this process may have open: each connection is one.

/// Descriptors for all that is no WebSocket: connections that carry requests, and the files of the stores.
const FOR_THE_REST: u64 = 4_096 + 512;
/// WebSockets at most, whatever the system allows: their memory is bounded too.
const MOST: u64 = 65_536;

/// Raises the limit as far as the system lets us, and answers how many WebSockets fit below it.
pub(crate) fn max_sockets() -> usize {
    let Some(limit) = raise() else { return MOST as usize };
    let sockets = fitting(limit);
    tracing::debug!(limit, sockets, "file descriptors");
    sockets as usize
}

/// Under a limit too low for everything, half of it is for WebSockets.
fn fitting(limit: u64) -> u64 {
    limit.saturating_sub(FOR_THE_REST).max(limit / 2).min(MOST)
}

#[cfg(unix)]
fn raise() -> Option<u64> {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => Some(limit),
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised; raise it with ulimit -n");
            rlimit::Resource::NOFILE.get_soft().ok()
        }
    }
}

#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_their_descriptors_unless_there_are_too_few_for_both() {
        assert_eq!(fitting(1_024), 512);
        assert_eq!(fitting(8_192), 4_096);
        assert_eq!(fitting(20_000), 20_000 - FOR_THE_REST);
        assert_eq!(fitting(u64::MAX), MOST);
    }
}
