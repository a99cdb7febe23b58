use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{Taken, places::Place};

/// A stream whose writes fail when the other side takes nothing for too long: a client that stops reading must not hold
/// an answer in memory for ever.
pub(super) struct Stall<T> {
    inner: T,
    patience: Duration,
    taken: Taken,
    /// Running while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Held for as long as the stream, be it a WebSocket's by then.
    _place: Option<Place>,
}

impl<T> Stall<T> {
    /// Counts in `taken` what is taken.
    pub(super) fn new(inner: T, patience: Duration, taken: Taken, place: Option<Place>) -> Self {
        Self { inner, patience, taken, waiting: None, _place: place }
    }

    pub(super) fn get_ref(&self) -> &T {
        &self.inner
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            self.taken.add(*bytes);
        }
    }

    fn bound<R>(&mut self, context: &mut Context<'_>, progress: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if progress.is_ready() {
            self.waiting = None;
            return progress;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stall<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stall<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.count(&progress);
        self.bound(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write_vectored(context, pieces);
        self.count(&progress);
        self.bound(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.inner).poll_flush(context);
        self.bound(context, progress)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.inner).poll_shutdown(context);
        self.bound(context, progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stops_is_given_up_and_a_slow_one_is_not() {
        let ((ours, mut theirs), taken) = (duplex(4), Taken::default());
        let mut ours = Stall::new(ours, Duration::from_secs(30), taken.clone(), None);
        let slow = tokio::spawn(async move {
            let mut taken = [0; 4];
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_secs(29)).await;
                theirs.read_exact(&mut taken).await.unwrap();
            }
            theirs
        });
        ours.write_all(b"eight ch").await.unwrap();
        assert_eq!(taken.bytes(), 8);
        let _theirs = slow.await.unwrap();
        let error = ours.write_all(b"never taken").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
