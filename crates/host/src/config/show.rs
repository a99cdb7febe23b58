//! The values in effect, as `config show` prints them.

use figment::Figment;
use jarvis_core::{Error, Result};
use serde::Serialize;
use serde_json::Value;

use super::sources::known_keys;
use crate::secret::without_password;

/// A value in effect and where it comes from. Passwords are taken out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Its dotted key, as in the configuration file.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// `default`, a file, a variable with its place, or a flag.
    pub origin: String,
}

/// Keys whose values are never shown.
const SECRETS: [&str; 7] = [
    "auth.jwt_secret_key",
    "auth.setup_token",
    "embedding.api_key",
    "encryption.key",
    "encryption.previous",
    "llm.bridges.token",
    "llm.openai.api_key",
];

/// Every key in effect, in alphabetical order.
pub(super) fn settings(figment: &Figment) -> Result<Vec<Setting>> {
    let mut keys = known_keys()?;
    keys.sort_unstable();
    keys.into_iter()
        .map(|key| {
            let value = figment.find_value(&key).map_err(Error::internal)?;
            let value = shown(&key, serde_json::to_value(&value).map_err(Error::internal)?);
            let origin = origin(figment, &key);
            Ok(Setting { key, value, origin })
        })
        .collect()
}

fn shown(key: &str, value: Value) -> Value {
    match value {
        Value::String(text) if SECRETS.contains(&key) && !text.is_empty() => "…".into(),
        Value::String(text) => without_password(&text).into(),
        Value::Array(values) => values.into_iter().map(|value| shown(key, value)).collect(),
        other => other,
    }
}

/// Where the value of a key comes from.
pub(super) fn origin(figment: &Figment, key: &str) -> String {
    match figment.find_metadata(key) {
        Some(metadata) if !metadata.name.starts_with("jarvis_host::") => metadata.name.clone().into_owned(),
        // figment names the provider of defaults after its type
        _ => "default".to_owned(),
    }
}

/// The place and the accepted type in an error of figment.
pub(super) fn bad_value(figment: &Figment, error: figment::Error) -> Error {
    use figment::error::Kind;
    // several mistakes are reported one at a time, the first one first
    let Some(first) = error.into_iter().next() else { return Error::internal("an error without a cause") };
    let key = first.path.join(".");
    let place = first.metadata.as_ref().map_or_else(|| origin(figment, &key), |metadata| metadata.name.to_string());
    let message = match first.kind {
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("{key} in {place} is {}; write {}", in_words(&actual.to_string()), accepted(&key, &expected))
        }
        kind => format!("{key} in {place}: {kind}"),
    };
    Error::invalid(key, message)
}

/// What was found, without the words of a programming language.
fn in_words(actual: &str) -> String {
    actual.replace("unsigned int", "the number").replace("signed int", "the number").replace("string \"", "the text \"")
}

/// What would have been accepted, likewise.
fn accepted(key: &str, expected: &str) -> String {
    match expected {
        "u16" => format!("a number from 0 to {}", u16::MAX),
        "u32" => format!("a number from 0 to {}", u32::MAX),
        "bool" | "a boolean" => "true or false".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a sequence" => "a list such as [\"…\"]".to_owned(),
        other if other.starts_with("struct") => format!("a section [{key}]"),
        other => other.to_owned(),
    }
}
