use futures_util::{StreamExt, stream};
use jarvis_core::{
    Result,
    ports::{ModelEvent, ModelStream},
};

/// Passes a stream on and shows each event to `look`. Both are let go of before the last event is passed on, or when the
/// stream is dropped: what `look` holds is held exactly as long as the answer comes.
pub(super) fn watched(stream: ModelStream, look: impl FnMut(&Result<ModelEvent>) + Send + 'static) -> ModelStream {
    let step = |state: Option<(ModelStream, _)>| async move {
        let (mut stream, mut look): (_, Box<dyn FnMut(&Result<ModelEvent>) + Send>) = state?;
        let event = stream.next().await?;
        look(&event);
        let goes_on = matches!(event, Ok(ModelEvent::Started { .. } | ModelEvent::Token(_)));
        Some((event, goes_on.then_some((stream, look))))
    };
    stream::unfold(Some((stream, Box::new(look) as Box<_>)), step).boxed()
}
