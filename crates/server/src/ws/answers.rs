use std::{pin::Pin, sync::Arc};

use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream, SelectAll},
};
use jarvis_core::{Error, Result, id::MessageId};
use jarvis_engine::{ChatAnswer, ChatStart, Generation, GenerationEvent, GenerationReader, StopOutcome};

/// Answers that one socket may follow at once.
pub(super) const MAX_ANSWERS: usize = 8;

/// The answers that a socket follows. While there are none, nothing is held.
#[derive(Default)]
pub(super) struct Answers(Option<Box<SelectAll<BoxStream<'static, Progress>>>>);

/// What happened to an answer.
pub(super) struct Progress {
    /// What the client calls the request.
    pub(super) request_id: Option<Arc<str>>,
    /// The answer; none before it has begun, unless the client named it.
    pub(super) message_id: Option<MessageId>,
    pub(super) event: Event,
}

pub(super) enum Event {
    /// It is known where the answer will stand.
    Began { start: ChatStart, replayed: bool },
    /// More text, and the bytes of text so far.
    Text { text: String, end: usize },
    /// It is whole.
    Done { answer: Arc<ChatAnswer>, user_message_id: MessageId },
    /// It was asked to end, and has.
    Stopped(StopOutcome),
    /// It failed.
    Failed(Error),
}

/// An answer that can be followed, and from which byte of its text.
pub(super) type Begun = (Generation, GenerationReader);

impl Answers {
    pub(super) fn is_full(&self) -> bool {
        self.0.as_ref().is_some_and(|running| running.len() >= MAX_ANSWERS)
    }

    /// Follows the answer that `begin` begins or, when it has its `message_id`, finds.
    pub(super) fn follow(
        &mut self,
        request_id: Option<Arc<str>>,
        message_id: Option<MessageId>,
        begin: BoxFuture<'static, Result<Begun>>,
    ) {
        let following = Following { request_id, message_id, place: Place::Beginning(begin) };
        let events = stream::unfold(following, |mut following| async move {
            let progress = following.next().await?;
            Some((progress, following))
        });
        self.0.get_or_insert_default().push(events.boxed());
    }

    /// Whether no more answers may be waited for to stop.
    pub(super) fn is_full_of_stops(&self) -> bool {
        self.0.as_ref().is_some_and(|running| running.len() >= 2 * MAX_ANSWERS)
    }

    /// Waits for an answer to stop.
    pub(super) fn stop(
        &mut self,
        request_id: Option<Arc<str>>,
        id: MessageId,
        stop: BoxFuture<'static, Result<StopOutcome>>,
    ) {
        let stopped = async move {
            let event = stop.await.map_or_else(Event::Failed, Event::Stopped);
            Progress { request_id, message_id: Some(id), event }
        };
        self.0.get_or_insert_default().push(stream::once(stopped).boxed());
    }

    /// What happens next to any of them; never while there are none. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Progress {
        if let Some(running) = &mut self.0 {
            if let Some(progress) = running.next().await {
                return progress;
            }
            self.0 = None;
        }
        std::future::pending().await
    }
}

/// One answer being followed.
struct Following {
    request_id: Option<Arc<str>>,
    message_id: Option<MessageId>,
    place: Place,
}

enum Place {
    Beginning(Pin<Box<dyn Future<Output = Result<Begun>> + Send>>),
    Reading { reader: Box<GenerationReader>, user_message_id: MessageId },
    Over,
}

impl Following {
    async fn next(&mut self) -> Option<Progress> {
        let event = loop {
            match &mut self.place {
                Place::Over => return None,
                Place::Beginning(begin) => {
                    let begun = begin.await;
                    break self.begin(begun);
                }
                Place::Reading { reader, user_message_id } => {
                    let user_message_id = *user_message_id;
                    let event = match reader.next().await? {
                        // The whole answer tells them.
                        GenerationEvent::Recalled(_) => continue,
                        GenerationEvent::Text { text, end } => break Event::Text { text, end },
                        GenerationEvent::Done(answer) => Event::Done { answer, user_message_id },
                        GenerationEvent::Failed(error) => Event::Failed(error),
                    };
                    self.place = Place::Over;
                    break event;
                }
            }
        };
        Some(Progress { request_id: self.request_id.clone(), message_id: self.message_id, event })
    }

    fn begin(&mut self, begun: Result<Begun>) -> Event {
        match begun {
            Ok((Generation { start, replayed, .. }, reader)) => {
                self.message_id = Some(start.message_id);
                self.place = Place::Reading { reader: Box::new(reader), user_message_id: start.user_message_id };
                Event::Began { start, replayed }
            }
            Err(error) => {
                self.place = Place::Over;
                Event::Failed(error)
            }
        }
    }
}
