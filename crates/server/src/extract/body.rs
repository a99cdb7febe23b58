use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::{FromRequest, OptionalFromRequest, Request},
    http::{HeaderMap, header, request::Parts},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use jarvis_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{edge::Visitor, error::ApiError, state::App};

/// Bytes of a request body of the API at most, unless the configuration says otherwise.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How deep lists and objects may lie in each other.
const MAX_DEPTH: usize = 64;
/// A body must be there within so many times its patience, however steadily it trickles.
const TRICKLE: u32 = 4;

/// A JSON body. Fields it does not know are ignored.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read_json(&parts, body, app.body_patience).await?;
        Ok(Self(decode(&bytes)?))
    }
}

/// None for a request without a body.
impl<S: Sync, T: DeserializeOwned> OptionalFromRequest<S> for JsonBody<T>
where
    Self: FromRequest<S, Rejection = ApiError>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        if request.body().is_end_stream() {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// Reads a body that claims to be JSON; nothing may come of it for as long as `patience`.
pub(super) async fn read_json(parts: &Parts, body: Body, patience: Duration) -> Result<Bytes> {
    if !is_json(&parts.headers) {
        return Err(
            ErrorKind::Unsupported.error("send the body as JSON with the header content-type: application/json")
        );
    }
    let limit = Visitor::among(&parts.extensions).map_or(MAX_BODY_BYTES, |it| it.settings().policy.max_body_bytes);
    let read = read(&parts.headers, Pieces { body: body.into_data_stream(), patience }, limit);
    tokio::time::timeout(patience * TRICKLE, read).await.unwrap_or_else(|_| Err(stalled(patience * TRICKLE)))
}

/// A body as it comes.
struct Pieces {
    body: BodyDataStream,
    patience: Duration,
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        match tokio::time::timeout(self.patience, self.body.next()).await {
            Ok(piece) => piece.transpose().map_err(broken),
            Err(_) => Err(stalled(self.patience)),
        }
    }
}

fn stalled(patience: Duration) -> Error {
    ErrorKind::DeadlineExceeded
        .error(format!("the request body did not arrive within {} seconds; send it again", patience.as_secs_f32()))
        .with_code("body_stalled")
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let media_type = value.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

async fn read(headers: &HeaderMap, mut pieces: Pieces, limit: usize) -> Result<Bytes> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    // Small bodies come in one piece, which is used as it is.
    let Some(first) = pieces.next().await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(too_large(limit));
    }
    let Some(mut next) = pieces.next().await? else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    loop {
        if whole.len() + next.len() > limit {
            return Err(too_large(limit));
        }
        whole.extend_from_slice(&next);
        match pieces.next().await? {
            Some(more) => next = more,
            None => return Ok(whole.freeze()),
        }
    }
}

fn too_large(limit: usize) -> Error {
    ErrorKind::TooLarge.error(format!("a request body may have at most {limit} bytes; split it"))
}

/// The body did not arrive whole.
pub(super) fn broken(error: axum::Error) -> Error {
    ErrorKind::Malformed.error("the request body did not arrive whole; send it again").with_source(error)
}

/// Reads JSON, naming the field that does not fit.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ErrorKind::Malformed.error("the body is not UTF-8").with_source(error))?;
    if text.trim().is_empty() {
        return Err(ErrorKind::Malformed.error("the body is empty; send a JSON object"));
    }
    if is_too_deep(text) {
        return Err(ErrorKind::Malformed
            .error(format!("lists and objects may lie in each other at most {MAX_DEPTH} deep"))
            .with_code("too_deep"));
    }
    // Derived readers would take an array as the fields in their order.
    if !text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Err(Error::invalid("body", "the body must be a JSON object"));
    }
    let value = serde_json::from_str(text).map_err(|error| misfit::<T>(text, &error))?;
    if escapes_nul(text) {
        return Err(nul(text));
    }
    Ok(value)
}

fn misfit<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Error {
    match error.classify() {
        Category::Data => {
            // Parsed again with the path, so that the common case does not pay for tracking it.
            let deserializer = &mut serde_json::Deserializer::from_str(text);
            let field = match serde_path_to_error::deserialize::<_, T>(deserializer) {
                Err(error) => error.path().to_string(),
                Ok(_) => String::new(),
            };
            let field = if field.is_empty() || field == "." { "body".to_owned() } else { field };
            Error::invalid(field, in_plain_words(without_place(&error.to_string())))
        }
        _ => ErrorKind::Malformed.error(format!("the body is not valid JSON: {error}")),
    }
}

/// serde_json ends its messages with the place in the text, which the field's path tells better.
fn without_place(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |end| &message[..end])
}

/// serde names what it expected by our types, which a reader of the documentation never sees.
fn in_plain_words(message: &str) -> String {
    const EXPECTED: &str = "expected ";
    let Some(at) = message.rfind(EXPECTED) else { return message.to_owned() };
    let (told, expected) = message.split_at(at + EXPECTED.len());
    let plain = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        other => other,
    };
    format!("{told}{plain}")
}

/// Whether brackets outside of strings lie deeper in each other than they may. Fields that nobody reads count too: whoever
/// stores or forwards the text will read them.
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Whether a string of the text holds U+0000, which JSON can only write as this escape. `\\u0000` is a backslash and
/// letters.
fn escapes_nul(text: &str) -> bool {
    text.match_indices("\\u0000").any(|(at, _)| {
        let backslashes = text.as_bytes()[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        backslashes % 2 == 0
    })
}

fn nul(text: &str) -> Error {
    let field = serde_json::from_str(text).ok().and_then(|value| path_of_nul(&value)).unwrap_or_default();
    Error::invalid(field, "the character U+0000 cannot be stored; leave it out")
}

fn path_of_nul(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    let join = |key: &str, rest: String| if rest.is_empty() { key.to_owned() } else { format!("{key}.{rest}") };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| Some(join(&index.to_string(), path_of_nul(item)?)))
        }
        Value::Object(fields) => fields.iter().find_map(|(key, field)| {
            if key.contains('\0') { Some(String::new()) } else { Some(join(key, path_of_nul(field)?)) }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(rename = "size")]
        _size: u32,
    }

    fn refusal(text: &str) -> (&'static str, Option<String>, String) {
        let error = decode::<Outer>(text.as_bytes()).map(|outer| outer.inner.len()).unwrap_err();
        (error.kind().code(), error.field().map(str::to_owned), error.message().to_owned())
    }

    #[test]
    fn a_wrong_type_names_its_path() {
        let (code, field, message) = refusal(r#"{"inner":[{"size":1},{"size":"big"}]}"#);
        assert_eq!((code, field.as_deref()), ("invalid", Some("inner[1].size")));
        assert_eq!(message, "invalid type: string \"big\", expected a whole number from 0 to 4294967295");
    }

    #[test]
    fn what_was_expected_is_told_in_plain_words() {
        let (_, field, message) = refusal(r#"{"inner":[7]}"#);
        assert_eq!(field.as_deref(), Some("inner[0]"));
        assert_eq!(message, "invalid type: integer `7`, expected an object");
        assert_eq!(refusal(r#"{"inner":7}"#).2, "invalid type: integer `7`, expected a list");
    }

    #[test]
    fn broken_json_is_malformed() {
        for text in ["", "  ", "{", "{\"inner\":[}", "nonsense"] {
            assert_eq!(refusal(text).0, "malformed", "{text}");
        }
        assert_eq!(decode::<Outer>(b"{\"a\":\"\xff\"}").unwrap_err().kind(), ErrorKind::Malformed);
    }

    #[test]
    fn what_lies_too_deep_is_refused_wherever_it_is() {
        let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(decode::<Outer>(nested(MAX_DEPTH - 1).as_bytes()).is_ok());
        let error = decode::<Outer>(nested(MAX_DEPTH).as_bytes()).map(drop).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Malformed, "too_deep"));
        let quoted = format!(r#"{{"x":"{}\"{}"}}"#, "[".repeat(100), "{".repeat(100));
        assert!(decode::<Outer>(quoted.as_bytes()).is_ok());
        assert!(decode::<Outer>(nested(500_000).as_bytes()).is_err());
    }

    #[test]
    fn nul_is_found_wherever_it_stands_and_only_there() {
        assert_eq!(refusal(r#"{"a":{"b":["x","\u0000"]}}"#).1.as_deref(), Some("a.b.1"));
        assert_eq!(refusal(r#"{"a":"\\\u0000"}"#).1.as_deref(), Some("a"));
        assert!(decode::<Outer>(br#"{"a":"\\u0000"}"#).is_ok());
    }
}
