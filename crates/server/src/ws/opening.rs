//! The first message of a socket, which chooses its dialect.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use jarvis_core::Timestamp;

use super::{
    plain,
    session::{Session, Step},
};

/// What a first message says of its sender.
pub(super) enum Opening {
    /// An object with a `type`.
    Typed,
    /// An object without.
    Plain,
    /// No JSON object at all.
    Neither,
}

#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "type")]
    kind: Option<IgnoredAny>,
}

/// Reads a first message; none for one that is no text.
pub(super) fn of(text: Option<&str>) -> Opening {
    // Derived readers would take an array as the fields in their order.
    match text.filter(|text| text.trim_start().starts_with('{')).map(serde_json::from_str::<Probe>) {
        Some(Ok(Probe { kind: Some(_) })) => Opening::Typed,
        Some(Ok(Probe { kind: None })) => Opening::Plain,
        Some(Err(_)) | None => Opening::Neither,
    }
}

/// Nobody knows yet what the client understands, so the refusal has the fields of both dialects.
#[derive(Serialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'static str,
    message: &'static str,
    error: &'static str,
    timestamp: Timestamp,
}

pub(super) async fn refuse(session: &mut Session, text: Option<&str>) -> Step {
    let refusal = Refusal {
        kind: "error",
        code: "malformed",
        message: "the message is not a JSON object; begin with one that has a type, such as {\"type\":\"ping\"}",
        error: plain::misfit(text),
        timestamp: session.app.engine.now(),
    };
    session.line.json(&refusal).await?;
    session.understood(false)
}
