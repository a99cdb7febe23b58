use std::{
    pin::Pin,
    task::{Context, Poll},
    thread,
};

use futures_core::future::BoxFuture;
use tokio::runtime::Handle;

/// Work that runs to its end. It runs where it is waited for, which costs no task and no wake-up; when nobody waits any more,
/// what is left of it goes on in a task of its own.
pub(crate) struct Finishing<T: Send + 'static> {
    work: Option<BoxFuture<'static, T>>,
    is_begun: bool,
}

impl<T: Send + 'static> Finishing<T> {
    pub(crate) fn new(work: BoxFuture<'static, T>) -> Self {
        Self { work: Some(work), is_begun: false }
    }
}

impl<T: Send + 'static> Future for Finishing<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.is_begun = true;
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Finishing<T> {
    fn drop(&mut self) {
        let left = self.work.take().filter(|_| self.is_begun);
        // at the end of the process there is nowhere to go on, and nobody to find the connection
        if let (Some(work), Ok(runtime), false) = (left, Handle::try_current(), thread::panicking()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::Finishing;

    #[tokio::test(start_paused = true)]
    async fn what_was_begun_ends_though_nobody_waits() {
        let (done, seen) = oneshot::channel();
        let work = async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            done.send(7)
        };
        let waited = tokio::time::timeout(Duration::from_secs(1), Finishing::new(Box::pin(work))).await;
        assert!(waited.is_err());
        assert_eq!(seen.await, Ok(7));
    }

    #[tokio::test]
    async fn what_was_never_begun_never_is() {
        let (done, seen) = oneshot::channel();
        drop(Finishing::new(Box::pin(async move { done.send(7) })));
        seen.await.unwrap_err();
    }

    #[tokio::test]
    async fn who_waits_gets_the_outcome() {
        assert_eq!(Finishing::new(Box::pin(async { 7 })).await, 7);
    }
}
