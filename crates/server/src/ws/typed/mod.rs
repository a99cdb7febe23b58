//! The typed dialect: every message has a `type`, and may have a `request_id` that its answers repeat.

mod incoming;
mod outgoing;

/// Reads a message and does nothing about it.
#[cfg(fuzzing)]
pub(super) fn parse_only(text: &str) {
    let _ = incoming::parse(Some(text));
}

use std::sync::Arc;

use futures_util::FutureExt;
use jarvis_core::{Error, ErrorKind, Result, Scope, id::MessageId};
use jarvis_engine::{Channel, ChatRequest, Engine, LiveNews, Told};

use super::{
    answers::{Begun, Event, MAX_ANSWERS, Progress},
    end::End,
    session::{Session, Step},
};
use incoming::{Incoming, Unusable};
use outgoing::{Failure, Outgoing, Tagged};

/// Why a message led to nothing.
enum Refused {
    /// The client is told.
    Because(Error),
    /// It cannot be told.
    Ended(End),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Because(error)
    }
}

impl From<End> for Refused {
    fn from(end: End) -> Self {
        Self::Ended(end)
    }
}

/// Takes a message; none for one that is no text.
pub(super) async fn take(session: &mut Session, text: Option<&str>) -> Step {
    let (request_id, incoming) = match incoming::parse(text) {
        Ok(parsed) => parsed,
        Err(Unusable { request_id, error }) => {
            fail(session, request_id.as_deref(), None, &error).await?;
            return session.understood(false);
        }
    };
    session.understood(true)?;
    let answer = incoming.answer();
    match act(session, request_id.as_ref(), incoming).await {
        Err(Refused::Because(error)) => fail(session, request_id.as_deref(), answer, &error).await,
        Err(Refused::Ended(end)) => Err(end),
        Ok(()) => Ok(()),
    }
}

async fn act(session: &mut Session, request_id: Option<&Arc<str>>, incoming: Incoming) -> Result<(), Refused> {
    let tag = request_id.map(AsRef::as_ref);
    match incoming {
        Incoming::Ping => tell(session, tag, Outgoing::Pong).await?,
        Incoming::Auth(token) => {
            session.authenticate(&token).await?;
            tell(session, tag, Outgoing::AuthOk).await?;
        }
        Incoming::Audio => return Err(no_voice().into()),
        Incoming::Subscribe(channels) => subscribe(session, tag, channels).await?,
        Incoming::Unsubscribe(channels) => unsubscribe(session, tag, channels).await?,
        Incoming::Resume { user, message_id, seen } => {
            let scope = session.known_scope(user.as_deref()).await?;
            follow(session, request_id, Some(message_id), |engine| {
                async move { resume(&engine, scope, message_id, seen).await }.boxed()
            })?;
        }
        Incoming::Stop { user, message_id } => {
            let scope = session.known_scope(user.as_deref()).await?;
            stop(session, request_id, scope, message_id)?;
        }
        Incoming::Chat { user, request } => {
            let scope = session.scope(user.as_deref()).await?;
            session.app.allowances.answer(scope.user()).await?;
            follow(session, request_id, None, move |engine| {
                async move { send(&engine, scope, *request).await }.boxed()
            })?;
        }
    }
    Ok(())
}

fn follow<F>(
    session: &mut Session,
    request_id: Option<&Arc<str>>,
    message_id: Option<MessageId>,
    begin: F,
) -> Result<()>
where
    F: FnOnce(Arc<Engine>) -> futures_util::future::BoxFuture<'static, Result<Begun>>,
{
    if session.answers.is_full() {
        return Err(too_many_answers());
    }
    session.answers.follow(request_id.cloned(), message_id, begin(Arc::clone(&session.app.engine)));
    Ok(())
}

async fn send(engine: &Engine, scope: Scope, request: ChatRequest) -> Result<Begun> {
    let generation = engine.chat.send(scope, request).await?;
    let reader = generation.reader();
    Ok((generation, reader))
}

async fn resume(engine: &Engine, scope: Scope, id: MessageId, seen: usize) -> Result<Begun> {
    let generation = engine.chat.generation(&scope, id).await?;
    let reader = generation.reader_from(seen)?;
    Ok((generation, reader))
}

/// Storing what was produced takes its time, in which the socket goes on.
fn stop(session: &mut Session, request_id: Option<&Arc<str>>, scope: Scope, id: MessageId) -> Result<()> {
    if session.answers.is_full_of_stops() {
        return Err(too_many_answers());
    }
    let engine = Arc::clone(&session.app.engine);
    let stopped = async move { engine.chat.stop(&scope, id).await };
    session.answers.stop(request_id.cloned(), id, stopped.boxed());
    Ok(())
}

fn too_many_answers() -> Error {
    let message = format!("a socket follows {MAX_ANSWERS} answers at once; wait for one to end, or open another");
    ErrorKind::Conflict.error(message).with_code("too_many_answers")
}

async fn subscribe(session: &mut Session, tag: Option<&str>, channels: Vec<String>) -> Result<(), Refused> {
    let mut live = if let Some(live) = session.live.take() {
        live
    } else {
        let scope = session.scope(None).await?;
        Box::new(session.app.engine.live.subscribe(&scope))
    };
    let mut wants_status = false;
    let mut refused = Vec::new();
    for name in channels {
        let added = match name.parse() {
            Ok(channel) => {
                wants_status |= channel == Channel::System;
                live.add(channel).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = added {
            refused.push((name, error));
        }
    }
    session.live = Some(live);
    for (channel, error) in refused {
        let socket_id = session.socket_id.clone();
        let failure = Failure::new(&error, socket_id.as_str()).about_channel(&channel);
        tell(session, tag, Outgoing::Error(failure)).await?;
    }
    subscribed(session, tag).await?;
    if wants_status {
        status(session, tag, "ready").await?;
    }
    Ok(())
}

async fn unsubscribe(session: &mut Session, tag: Option<&str>, channels: Vec<String>) -> Result<(), Refused> {
    for name in channels {
        let channel = name.parse()?;
        if let Some(live) = &mut session.live {
            live.remove(channel);
        }
    }
    session.live = session.live.take().filter(|live| !live.channels().is_empty());
    Ok(subscribed(session, tag).await?)
}

async fn subscribed(session: &mut Session, tag: Option<&str>) -> Step {
    let channels = session.live.as_ref().map(|live| live.channels()).unwrap_or_default();
    let channels = channels.iter().map(ToString::to_string).collect();
    tell(session, tag, Outgoing::Subscribed { channels }).await
}

/// Tells how the server is doing.
async fn status(session: &mut Session, tag: Option<&str>, phase: &'static str) -> Step {
    let report = session.app.engine.health.report().await;
    if session.identity.sees_the_whole() {
        return tell(session, tag, Outgoing::SystemStatus { phase, status: (&*report).into() }).await;
    }
    let report = report.without_figures();
    tell(session, tag, Outgoing::SystemStatus { phase, status: (&report).into() }).await
}

/// Tells who watches the server that it ends.
pub(super) async fn draining(session: &mut Session) -> Step {
    let watches = session.live.as_ref().is_some_and(|live| live.channels().contains(&Channel::System));
    if watches { status(session, None, "draining").await } else { Ok(()) }
}

/// Tells what happened to an answer.
pub(super) async fn progress(session: &mut Session, progress: &Progress) -> Step {
    let tag = progress.request_id.as_deref();
    let outgoing = match &progress.event {
        Event::Began { start, replayed } => Outgoing::ChatStart { start: start.into(), replayed: *replayed },
        Event::Text { text, end } => {
            let message_id = progress.message_id.map(|id| *id.as_uuid()).unwrap_or_default();
            Outgoing::ChatToken { message_id, text, id: *end }
        }
        Event::Done { answer, user_message_id } => Outgoing::ChatResponse((&**answer, *user_message_id).into()),
        Event::Stopped(outcome) => Outgoing::ChatStopped {
            message_id: *outcome.start.message_id.as_uuid(),
            conversation_id: *outcome.start.conversation_id.as_uuid(),
            stopped: outcome.stopped,
        },
        Event::Failed(error) => return fail(session, tag, progress.message_id, error).await,
    };
    tell(session, tag, outgoing).await
}

/// Tells a live event.
pub(super) async fn told(session: &mut Session, told: &Told) -> Step {
    let outgoing = match told {
        Told::Missed(count) => Outgoing::Missed { count: *count },
        Told::News(news) => match &**news {
            LiveNews::ConversationUpdated(row) => Outgoing::ConversationUpdated { conversation: row.into() },
            LiveNews::ConversationErased(id) => Outgoing::ConversationErased { conversation_id: *id.as_uuid() },
            LiveNews::MessageCreated(row) => Outgoing::MessageCreated { message: row.into() },
            LiveNews::MemoryCreated(row) => Outgoing::MemoryCreated { memory: row.into() },
            LiveNews::DataErased => Outgoing::DataErased,
            LiveNews::Status(report) => Outgoing::SystemStatus { phase: "ready", status: (&**report).into() },
        },
    };
    tell(session, None, outgoing).await
}

async fn fail(session: &mut Session, tag: Option<&str>, message_id: Option<MessageId>, error: &Error) -> Step {
    if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Corrupt) {
        tracing::error!(target: "http", request_id = session.socket_id.as_str(), ?error, "a message failed");
    }
    let socket_id = session.socket_id.clone();
    // the same text is `message` in a request over HTTP
    let error = if error.field() == Some("message") { &error.clone().with_field("content") } else { error };
    let failure = Failure::new(error, socket_id.as_str()).about_message(message_id);
    tell(session, tag, Outgoing::Error(failure)).await
}

async fn tell(session: &mut Session, request_id: Option<&str>, outgoing: Outgoing<'_>) -> Step {
    session.line.json(&Tagged { outgoing, request_id }).await
}

fn no_voice() -> Error {
    ErrorKind::Unavailable
        .error("voice is not part of this build; send what was said as a chat_message")
        .with_code("voice_unavailable")
}
