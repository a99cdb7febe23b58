//! JSON that is carried, not read: metadata goes from the store to the wire without being parsed.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::fmt;

use crate::{Error, ErrorKind, Result};

/// A valid JSON value kept as its text.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Encodes a value.
    pub fn encode(value: &impl Serialize) -> Result<Self> {
        serde_json::value::to_raw_value(value).map(Self).map_err(Error::internal)
    }

    /// Takes text that is already JSON.
    pub fn from_text(text: String) -> Result<Self> {
        RawValue::from_string(text).map(Self).map_err(|error| {
            ErrorKind::Corrupt.error("stored JSON does not parse; run `jarvis doctor`").with_source(error)
        })
    }

    /// Reads it as `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.0.get()).map_err(|error| {
            ErrorKind::Corrupt.error("stored JSON has another shape; run `jarvis doctor`").with_source(error)
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
