//! The plain dialect: that of the Python original, word for word, so that its clients go on working.
//!
//! In comes `{message, user_id?, save_memory?}`, out go `{response, timestamp}` or `{error, timestamp}`, one after another
//! and in the order of the questions. The original kept no conversations; here all that one socket says on behalf of one
//! user is one conversation.

use std::collections::{HashMap, VecDeque};

use futures_util::FutureExt;
use jarvis_core::{Error, ErrorKind, Result, Scope, Timestamp, id::ConversationId};
use jarvis_engine::{Chat, ChatRequest};
use serde::Serialize;
use serde_json::Value;

use super::{
    answers::{Begun, Event, Progress},
    end::End,
    session::{Session, Step},
};
use crate::{access::Identity, state::App};

const NOT_JSON: &str = "Format JSON invalide";
const NOT_AN_OBJECT: &str = "Les données doivent être un objet JSON";
const NO_MESSAGE: &str = "Le champ 'message' est requis";
const EMPTY: &str = "Le message ne peut pas être vide";
const TOO_LONG: &str = "Message trop long (max 4096 caractères)";
const TOO_MANY: &str = "Trop de messages, réessayez plus tard";
const FAILED: &str = "Erreur interne du serveur";
// the original knew neither quotas nor accounts
const NO_ROOM: &str =
    "Quota atteint : supprimez ce dont vous n'avez plus besoin ou demandez davantage à un administrateur";
const NO_USER: &str = "Le champ 'user_id' n'est pas valide (1 à 50 lettres, chiffres, _ ou -)";
const NOT_YOU: &str = "Le champ 'user_id' désigne quelqu'un d'autre : retirez-le, la connexion dit qui vous êtes";

/// Characters of a message at most.
const MAX_CHARS: usize = 4096;
/// Messages that may wait for their turn; no more are read then.
const MAX_WAITING: usize = 16;
/// Users of one socket whose conversations are remembered.
const MAX_USERS: usize = 16;

/// What the plain dialect of one socket remembers.
#[derive(Default)]
pub(super) struct Plain {
    waiting: VecDeque<Result<Said, &'static str>>,
    /// The user whose answer is awaited.
    answering: Option<Box<str>>,
    conversations: HashMap<Box<str>, ConversationId>,
}

/// A message that can be answered.
#[derive(Debug, PartialEq)]
struct Said {
    message: String,
    user: Option<String>,
    save_memory: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    response: &'a str,
    timestamp: Timestamp,
}

#[derive(Serialize)]
struct Failure {
    error: &'static str,
    timestamp: Timestamp,
}

impl Plain {
    /// Whether another message may be read.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }
}

/// Takes a message; none for one that is no text.
pub(super) async fn take(session: &mut Session, text: Option<&str>) -> Step {
    let said = text.ok_or(NOT_JSON).and_then(parse);
    session.understood(said.is_ok())?;
    session.plain.get_or_insert_default().waiting.push_back(said);
    go_on(session).await
}

/// Takes what happened to the answer that is awaited.
pub(super) async fn progress(session: &mut Session, progress: Progress) -> Step {
    let plain = session.plain.get_or_insert_default();
    match progress.event {
        Event::Text { .. } | Event::Stopped(_) => return Ok(()),
        Event::Began { start, .. } => {
            if let Some(user) = &plain.answering
                && (plain.conversations.len() < MAX_USERS || plain.conversations.contains_key(user))
            {
                plain.conversations.insert(user.clone(), start.conversation_id);
            }
            return Ok(());
        }
        Event::Done { answer, .. } => {
            plain.answering = None;
            session.line.json(&Answer { response: &answer.content, timestamp: answer.created_at }).await?;
        }
        Event::Failed(error) => {
            plain.answering = None;
            if error.kind() == ErrorKind::Unauthenticated {
                return Err(End::LoggedOut);
            }
            let told = told(&error, matches!(session.identity, Identity::Person(_)));
            if told == FAILED {
                tracing::warn!(target: "http", socket_id = session.socket_id.as_str(), ?error, "a plain message failed");
            }
            fail(session, told).await?;
        }
    }
    go_on(session).await
}

/// Goes on with what waits, one answer at a time.
async fn go_on(session: &mut Session) -> Step {
    loop {
        let plain = session.plain.get_or_insert_default();
        if plain.answering.is_some() {
            return Ok(());
        }
        match plain.waiting.pop_front() {
            None => return Ok(()),
            Some(Err(error)) => fail(session, error).await?,
            Some(Ok(said)) => begin(session, said),
        }
    }
}

fn begin(session: &mut Session, said: Said) {
    let user = said.user.as_deref().or(session.user.as_deref()).map(Box::from);
    let plain = session.plain.get_or_insert_default();
    let known_as = user.clone().unwrap_or_default();
    let conversation = plain.conversations.get(&known_as).copied();
    plain.answering = Some(known_as);
    let (app, identity) = (session.app.clone(), session.identity.clone());
    let begin = async move { ask(&app, &identity, said, user.as_deref(), conversation).await };
    session.answers.follow(None, None, begin.boxed());
}

async fn ask(
    app: &App,
    identity: &Identity,
    said: Said,
    user: Option<&str>,
    conversation: Option<ConversationId>,
) -> Result<Begun> {
    let engine = &app.engine;
    if let Identity::Person(principal) = identity {
        engine.accounts.still(principal).await?;
    }
    let scope = identity.scope(engine, user, true).await?;
    app.allowances.answer(scope.user()).await?;
    let request =
        ChatRequest { save_memory: said.save_memory, conversation_id: conversation, ..ChatRequest::new(said.message) };
    match send(&engine.chat, scope, request.clone()).await {
        Err(error) if conversation.is_some() && is_closed(&error) => {
            send(&engine.chat, scope, ChatRequest { conversation_id: None, ..request }).await
        }
        sent => sent,
    }
}

async fn send(chat: &Chat, scope: Scope, request: ChatRequest) -> Result<Begun> {
    let generation = chat.send(scope, request).await?;
    let reader = generation.reader();
    Ok((generation, reader))
}

/// Whether the socket's conversation was erased or binned meanwhile; then it begins another.
fn is_closed(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.code() == "conversation_deleted"
}

async fn fail(session: &mut Session, error: &'static str) -> Step {
    let timestamp = session.app.engine.now();
    session.line.json(&Failure { error, timestamp }).await
}

/// What is said of a message that failed, to somebody who logged in or to nobody in particular.
fn told(error: &Error, is_person: bool) -> &'static str {
    match (error.kind(), error.code(), error.field()) {
        (ErrorKind::RateLimited, ..) => TOO_MANY,
        (_, "quota_exceeded", _) => NO_ROOM,
        (ErrorKind::Invalid, _, Some("user_id")) if is_person => NOT_YOU,
        (ErrorKind::Invalid, _, Some("user_id")) => NO_USER,
        _ => FAILED,
    }
}

/// What the original says of a message that is no JSON object; none is no text.
pub(super) fn misfit(text: Option<&str>) -> &'static str {
    match text.map(serde_json::from_str::<serde::de::IgnoredAny>) {
        Some(Ok(_)) => NOT_AN_OBJECT,
        _ => NOT_JSON,
    }
}

fn parse(text: &str) -> Result<Said, &'static str> {
    let value: Value = serde_json::from_str(text).map_err(|_| NOT_JSON)?;
    let Value::Object(mut fields) = value else { return Err(NOT_AN_OBJECT) };
    let Some(Value::String(message)) = fields.remove("message") else { return Err(NO_MESSAGE) };
    if message.trim().is_empty() {
        return Err(EMPTY);
    }
    if message.chars().count() > MAX_CHARS {
        return Err(TOO_LONG);
    }
    let user = match fields.remove("user_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(user)) => Some(user),
        Some(_) => return Err(FAILED),
    };
    let save_memory = fields.get("save_memory").and_then(Value::as_bool).unwrap_or(true);
    // The store takes no U+0000, which the original's did not either.
    if message.contains('\0') {
        return Err(FAILED);
    }
    Ok(Said { message, user, save_memory })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_answered_is_refused_in_the_words_of_the_original() {
        let longest = "é".repeat(MAX_CHARS);
        let cases = [
            ("nonsense".to_owned(), Err(NOT_JSON)),
            ("{\"message\":".to_owned(), Err(NOT_JSON)),
            ("[\"message\"]".to_owned(), Err(NOT_AN_OBJECT)),
            ("\"message\"".to_owned(), Err(NOT_AN_OBJECT)),
            ("{}".to_owned(), Err(NO_MESSAGE)),
            ("{\"message\":7}".to_owned(), Err(NO_MESSAGE)),
            ("{\"message\":\" \\n\"}".to_owned(), Err(EMPTY)),
            (format!("{{\"message\":\"{longest}\"}}"), Ok(longest.as_str())),
            (format!("{{\"message\":\"{longest}x\"}}"), Err(TOO_LONG)),
            ("{\"message\":\"a\\u0000b\"}".to_owned(), Err(FAILED)),
        ];
        for (text, expected) in cases {
            let said = parse(&text);
            assert_eq!(said.as_ref().map(|said| said.message.as_str()).map_err(|error| *error), expected, "{text}");
        }
        assert_eq!(misfit(Some("[]")), NOT_AN_OBJECT);
        assert_eq!(misfit(Some("{")), NOT_JSON);
        assert_eq!(misfit(None), NOT_JSON);
    }

    #[test]
    fn user_and_memory_have_the_defaults_of_the_original() {
        let said = parse(r#"{"message":"x","user_id":null}"#).unwrap();
        assert_eq!(said, Said { message: "x".to_owned(), user: None, save_memory: true });
        let said = parse(r#"{"message":"x","user_id":"ann","save_memory":false}"#).unwrap();
        assert_eq!(said, Said { message: "x".to_owned(), user: Some("ann".to_owned()), save_memory: false });
    }
}
