use std::sync::Arc;

use jarvis_core::{Error, ErrorKind, Result, id::MessageId};
use jarvis_engine::{ChatRequest, Idempotency, MAX_CHANNELS};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    extract::{Submission, decode, event_bytes, parsed},
    wire::ChatBody,
};

/// Characters of a client's own name for a request at most.
const MAX_REQUEST_ID_CHARS: usize = 128;

/// What a client wants.
pub(super) enum Incoming {
    Chat {
        user: Option<String>,
        request: Box<ChatRequest>,
    },
    /// An answer, behind so many bytes of its text.
    Resume {
        user: Option<String>,
        message_id: MessageId,
        seen: usize,
    },
    Stop {
        user: Option<String>,
        message_id: MessageId,
    },
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Ping,
    /// What proves who speaks.
    Auth(String),
    Audio,
}

impl Incoming {
    /// The answer that is meant.
    pub(super) fn answer(&self) -> Option<MessageId> {
        match self {
            Self::Resume { message_id, .. } | Self::Stop { message_id, .. } => Some(*message_id),
            _ => None,
        }
    }
}

/// A message that cannot be understood, and what its sender calls it, if that much is clear.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) request_id: Option<Arc<str>>,
    pub(super) error: Error,
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self { request_id: None, error }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    request_id: Option<Arc<str>>,
    #[serde(default)]
    idempotency_key: Option<String>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
struct OfAnswer {
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "parsed")]
    message_id: Option<MessageId>,
    /// A number, or the same as a string, as it is in server-sent events.
    #[serde(default)]
    last_event_id: Value,
}

impl OfAnswer {
    fn id(&self) -> Result<MessageId> {
        self.message_id.ok_or_else(|| Error::invalid("message_id", "message_id must be that of an answer"))
    }

    fn seen(&self) -> Result<usize> {
        let seen = match &self.last_event_id {
            Value::Null => None,
            Value::String(text) => event_bytes(text)?,
            other => event_bytes(&other.to_string())?,
        };
        Ok(seen.unwrap_or(0))
    }
}

#[derive(Deserialize)]
struct Channels {
    channels: Vec<String>,
}

#[derive(Deserialize)]
struct Auth {
    token: String,
}

/// Reads a message, and what its sender calls it; none for one that is no text.
pub(super) fn parse(text: Option<&str>) -> Result<(Option<Arc<str>>, Incoming), Unusable> {
    let Some(text) = text else {
        return Err(ErrorKind::Unsupported.error("send messages as text that is JSON, not as bytes").into());
    };
    let envelope: Envelope = decode(text.as_bytes())?;
    let request_id = envelope.request_id.clone();
    if request_id.as_ref().is_some_and(|id| id.chars().count() > MAX_REQUEST_ID_CHARS) {
        let message = format!("request_id may have at most {MAX_REQUEST_ID_CHARS} characters");
        return Err(Error::invalid("request_id", message).into());
    }
    match of(envelope, text) {
        Ok(incoming) => Ok((request_id, incoming)),
        Err(error) => Err(Unusable { request_id, error }),
    }
}

fn of(envelope: Envelope, text: &str) -> Result<Incoming> {
    let bytes = text.as_bytes();
    Ok(match envelope.kind.as_str() {
        "chat_message" => {
            let body: ChatBody = decode(bytes)?;
            let idempotency = envelope.idempotency_key.map(|key| idempotency(&key, text)).transpose()?;
            let user = body.user_id().map(str::to_owned);
            Incoming::Chat { user, request: Box::new(body.into_request(idempotency, true)) }
        }
        "resume" => {
            let answer: OfAnswer = decode(bytes)?;
            Incoming::Resume { message_id: answer.id()?, seen: answer.seen()?, user: answer.user_id }
        }
        "stop" => {
            let answer: OfAnswer = decode(bytes)?;
            Incoming::Stop { message_id: answer.id()?, user: answer.user_id }
        }
        "subscribe" => Incoming::Subscribe(channels(bytes)?),
        "unsubscribe" => Incoming::Unsubscribe(channels(bytes)?),
        "ping" => Incoming::Ping,
        "auth" => Incoming::Auth(decode::<Auth>(bytes)?.token),
        "audio_data" => Incoming::Audio,
        _ => {
            let known = "chat_message, resume, stop, subscribe, unsubscribe, ping, auth or audio_data";
            return Err(Error::invalid("type", format!("there is no such type of message; send {known}"))
                .with_code("unknown_type"));
        }
    })
}

/// Each name may cost a look into the store, so a message has no more of them than may be subscribed to.
fn channels(bytes: &[u8]) -> Result<Vec<String>> {
    let Channels { channels } = decode(bytes)?;
    if channels.len() > MAX_CHANNELS {
        return Err(Error::invalid("channels", format!("send at most {MAX_CHANNELS} channels at once")));
    }
    Ok(channels)
}

/// The same request under another name is the same request.
fn idempotency(key: &str, text: &str) -> Result<Idempotency> {
    let mut message: Value = serde_json::from_str(text).map_err(Error::internal)?;
    if let Value::Object(fields) = &mut message {
        fields.remove("request_id");
    }
    let hash = Sha256::new().chain_update("ws chat_message").chain_update([0]).chain_update(message.to_string());
    Idempotency::new(key, hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: Option<&str>) -> (Option<String>, &'static str, Option<String>) {
        let Err(Unusable { request_id, error }) = parse(text) else { panic!("{text:?} was understood") };
        (request_id.map(|id| id.to_string()), error.code(), error.field().map(str::to_owned))
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        let told = |request_id: &str| Some(request_id.to_owned());
        assert_eq!(refusal(None), (None, "unsupported", None));
        assert_eq!(refusal(Some("{")), (None, "malformed", None));
        assert_eq!(refusal(Some("[]")), (None, "invalid", told("body")));
        assert_eq!(refusal(Some(r#"{"type":7}"#)), (None, "invalid", told("type")));
        let unknown = r#"{"type":"dance","request_id":"a"}"#;
        assert_eq!(refusal(Some(unknown)), (told("a"), "unknown_type", told("type")));
        let wrong = r#"{"type":"subscribe","request_id":"b","channels":"system"}"#;
        assert_eq!(refusal(Some(wrong)), (told("b"), "invalid", told("channels")));
        let long = format!(r#"{{"type":"ping","request_id":"{}"}}"#, "x".repeat(MAX_REQUEST_ID_CHARS + 1));
        assert_eq!(refusal(Some(&long)), (None, "invalid", told("request_id")));
        let many = serde_json::json!({"type": "subscribe", "channels": vec!["system"; MAX_CHANNELS + 1]}).to_string();
        assert_eq!(refusal(Some(&many)), (None, "invalid", told("channels")));
        let nul = r#"{"type":"chat_message","content":"a\u0000"}"#;
        assert_eq!(refusal(Some(nul)), (None, "invalid", told("content")));
    }

    #[test]
    fn a_repeated_request_may_be_called_otherwise_and_have_its_fields_in_another_order() {
        let hash = |text| idempotency("key", text).unwrap().request_hash;
        let first = hash(r#"{"type":"chat_message","content":"hello","request_id":"1"}"#);
        assert_eq!(first, hash(r#"{"content":"hello","request_id":"2","type":"chat_message"}"#));
        assert_ne!(first, hash(r#"{"content":"hello!","type":"chat_message"}"#));
    }
}
