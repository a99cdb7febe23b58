use std::io;

#[cfg(unix)]
type Listener = tokio::signal::unix::Signal;
#[cfg(windows)]
type Listener = tokio::signal::windows::CtrlC;

/// Presses of Ctrl-C since it was made, also one that came while nobody waited: between two pieces of an answer, say.
pub(super) struct Interrupts(Listener);

impl Interrupts {
    pub(super) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        let listener = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
        #[cfg(windows)]
        let listener = tokio::signal::windows::ctrl_c()?;
        Ok(Self(listener))
    }

    /// Waits for the next one. Cancel-safe.
    pub(super) async fn next(&mut self) {
        // the stream never ends
        self.0.recv().await;
    }
}
