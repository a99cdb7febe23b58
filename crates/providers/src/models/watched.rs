use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::{Stream, StreamExt};
use jarvis_core::{
    Result,
    ports::{ModelEvent, ModelStream},
};

/// Passes a stream on and shows each event to `look`. Both are let go of before the last event is passed on, or when the
/// stream is dropped: what `look` holds is held exactly as long as the answer comes.
pub(super) fn watched(
    stream: ModelStream,
    look: impl FnMut(&Result<ModelEvent>) + Send + Unpin + 'static,
) -> ModelStream {
    Watched(Some((stream, look))).boxed()
}

/// A stream, and what is shown its events, until the last one. Several lie around each other and every token passes them
/// all, so it is polled where it lies.
struct Watched<F>(Option<(ModelStream, F)>);

impl<F: FnMut(&Result<ModelEvent>) + Unpin> Stream for Watched<F> {
    type Item = Result<ModelEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some((stream, look)) = &mut self.0 else { return Poll::Ready(None) };
        let event = ready!(stream.poll_next_unpin(cx));
        if let Some(event) = &event {
            look(event);
        }
        if !matches!(event, Some(Ok(ModelEvent::Started { .. } | ModelEvent::Token(_)))) {
            self.0 = None;
        }
        Poll::Ready(event)
    }
}
