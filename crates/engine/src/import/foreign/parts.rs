//! What several programs write alike: files that came with a message, and texts made of parts.

use serde_json::{Value, json};

use super::super::item;
use super::fields::{self, Fields};

/// A file or image that came with a message, as it is noted.
pub(super) fn attachment(kind: &str, name: Option<&str>, detail: &[(&str, Option<&str>)]) -> Value {
    let mut noted = json!({ "type": item::quoted(kind) });
    let details = detail.iter().map(|(key, value)| (*key, *value)).chain([("name", name)]);
    for (key, value) in details {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            noted[key] = item::quoted(value).into();
        }
    }
    noted
}

/// The files of a list, with their names under `name` and their media types under `kind`.
pub(super) fn files(fields: &Fields<'_>, list: &str, name: &str, kind: &str) -> Vec<Value> {
    let file = |file: Fields<'_>| {
        attachment("file", file.text(name).as_deref(), &[("media_type", file.text(kind).as_deref())])
    };
    fields.objects(list).map(file).collect()
}

/// A message's content: a text, or a list of parts whose texts are joined by blank lines. What else it holds is noted.
pub(super) fn content(raw: &str, attachments: &mut Vec<Value>) -> String {
    if let Some(text) = fields::text(raw) {
        return text;
    }
    let mut texts = Vec::new();
    for part in fields::list(raw) {
        if let Some(text) = fields::text(part) {
            texts.push(text);
        } else if let Some(part) = Fields::read(part) {
            match part.text("type").as_deref() {
                Some("text") | None => texts.extend(part.text("text")),
                Some(kind) => attachments.push(attachment(kind.trim_end_matches("_url"), None, &[])),
            }
        }
    }
    joined(texts)
}

/// Texts with blank lines between them.
pub(super) fn joined(texts: Vec<String>) -> String {
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    texts.join("\n\n")
}
