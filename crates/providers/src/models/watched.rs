use futures_util::{StreamExt, stream};
use jarvis_core::{
    Result,
    ports::{ModelEvent, ModelStream},
};

/// A stream, and what is shown its events.
type Watched = (ModelStream, Box<dyn FnMut(&Result<ModelEvent>) + Send>);

/// Passes a stream on and shows each event to `look`. Both are let go of before the last event is passed on, or when the
/// stream is dropped: what `look` holds is held exactly as long as the answer comes.
pub(super) fn watched(stream: ModelStream, look: impl FnMut(&Result<ModelEvent>) + Send + 'static) -> ModelStream {
    let watched: Watched = (stream, Box::new(look));
    let step = |state: Option<Watched>| async move {
        let (mut stream, mut look) = state?;
        let event = stream.next().await?;
        look(&event);
        let goes_on = matches!(event, Ok(ModelEvent::Started { .. } | ModelEvent::Token(_)));
        Some((event, goes_on.then_some((stream, look))))
    };
    stream::unfold(Some(watched), step).boxed()
}
