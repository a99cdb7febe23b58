//! What the operating system asks of a running server.

use std::process;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;

/// Exit code of a process that was told twice to end: 128 and the number of SIGINT, as shells report it.
const TOLD_TWICE: i32 = 130;

/// Waits for SIGTERM or SIGINT (Ctrl-C) and cancels `stop`; a second one ends the process at once. Calls `reload` on
/// SIGHUP.
#[cfg(unix)]
pub(crate) fn watch(stop: CancellationToken, reload: impl Fn() + Send + 'static) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).context("signals cannot be listened to");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let mut hang_up = listen(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => told(&stop),
                _ = interrupt.recv() => told(&stop),
                _ = hang_up.recv() => reload(),
            }
        }
    });
    Ok(())
}

/// Waits for Ctrl-C and cancels `stop`; a second one ends the process at once.
#[cfg(not(unix))]
pub(crate) fn watch(stop: CancellationToken, _reload: impl Fn() + Send + 'static) -> Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            told(&stop);
        }
    });
    Ok(())
}

fn told(stop: &CancellationToken) {
    if stop.is_cancelled() {
        tracing::warn!("told twice to stop; ending at once");
        process::exit(TOLD_TWICE);
    }
    tracing::info!("stopping: requests that run may end; a second signal ends at once");
    stop.cancel();
}
