//! An answer as a caller gets it: whole, or as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream::{self, Stream};
use jarvis_core::{Error, ErrorKind};
use jarvis_engine::{ChatStart, Generation, GenerationEvent, GenerationReader};
use serde::Serialize;

use crate::{
    edge::RequestId,
    error::{ApiResult, ErrorBody},
    extract::Welcome,
    readiness::Ending,
    respond,
    state::App,
    wire::{self, ChatAnswer, MemoriesUsed, TextPiece},
};

/// Comments sent while nothing else is, so that proxies and clients see a live connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Tells reverse proxies not to hold events back.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// The answer to a request that asked for one.
pub(super) async fn respond(
    app: &App,
    generation: Generation,
    streamed: bool,
    mut welcome: Welcome,
    request_id: RequestId,
) -> ApiResult {
    let replayed = generation.replayed;
    let response = if streamed {
        stream_from(app, generation, None, welcome, request_id)?
    } else {
        let user_message_id = generation.start.user_message_id;
        let answer = welcome.during(generation.answer()).await?;
        let answer = ChatAnswer::new(&answer, user_message_id);
        respond::ok(&answer, answer.size())
    };
    Ok(respond::mark_replayed(response, replayed))
}

/// Streams a generation, from its beginning or behind the event that a reader has seen last. A reader takes from the
/// generation's text at its own pace, so a slow client costs one piece at a time, and a client that leaves drops its
/// reader and nothing else; so does one whose login or key ends meanwhile.
pub(super) fn stream_from(
    app: &App,
    generation: Generation,
    seen: Option<usize>,
    welcome: Welcome,
    request_id: RequestId,
) -> ApiResult {
    let telling = Telling {
        reader: generation.reader_from(seen.unwrap_or(0))?,
        start: generation.start,
        ending: app.readiness.ending(),
        welcome,
        request_id,
        bytes: seen.unwrap_or(0),
        next: if seen.is_none() { Next::Start } else { Next::FromReader },
    };
    let events = Sse::new(telling.into_stream()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED], events).into_response())
}

/// How far an answer is told.
struct Telling {
    reader: GenerationReader,
    start: ChatStart,
    ending: Ending,
    welcome: Welcome,
    request_id: RequestId,
    bytes: usize,
    next: Next,
}

enum Next {
    Start,
    FromReader,
    Nothing,
}

impl Telling {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut telling| async move {
            let event = telling.event().await?;
            Some((Ok(event), telling))
        })
    }

    async fn event(&mut self) -> Option<Event> {
        match self.next {
            Next::Nothing => return None,
            Next::Start => {
                self.next = Next::FromReader;
                return Some(self.encode("start", &wire::ChatStart::from(&self.start)));
            }
            Next::FromReader => {}
        }
        let event = tokio::select! {
            biased;
            // before the text, which a slow client finds ready every time
            over = self.welcome.over() => GenerationEvent::Failed(over),
            event = self.reader.next() => event?,
            () = self.ending.begun() => GenerationEvent::Failed(ending()),
        };
        Some(self.tell(&event))
    }

    fn tell(&mut self, event: &GenerationEvent) -> Event {
        match event {
            GenerationEvent::Recalled(memories_used) => self.encode("memory", &MemoriesUsed { memories_used }),
            GenerationEvent::Text { text, end } => {
                self.bytes = *end;
                self.encode("token", &TextPiece { text })
            }
            GenerationEvent::Done(answer) => {
                self.next = Next::Nothing;
                self.encode("done", &ChatAnswer::new(answer, self.start.user_message_id))
            }
            GenerationEvent::Failed(error) => {
                self.next = Next::Nothing;
                self.encode("error", &ErrorBody::new(error, self.request_id.as_str()))
            }
        }
    }

    fn encode(&self, name: &'static str, data: &impl Serialize) -> Event {
        let event = Event::default().event(name).id(self.bytes.to_string());
        // Our wire types always encode; an event without data would be dropped by clients, not misread.
        event.json_data(data).unwrap_or_default()
    }
}

fn ending() -> Error {
    ErrorKind::Unavailable
        .error("the server is shutting down; the answer is finished if time allows, read it in the history")
        .with_code("draining")
        .with_retry_after(Duration::from_secs(1))
}
