//! Conversations of other programs become items: pure functions from the text of one element of their export.
//!
//! Whatever the bytes are, they answer in time and memory that grow with the element, and a reason for each thing that
//! cannot be taken. To add a format: a file here that makes a [`Talk`] of an element, a name in [`ImportFormat`], and what
//! it is known by in [`recognise`].

mod chatgpt;
mod claude;
mod fields;
mod librechat;
mod memories;
mod open_converse;
mod open_webui;
mod parts;
mod talk;
mod tree;

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    ImportFormat,
    item::{Item, Reason},
};
use fields::Fields;
use talk::Talk;

pub(super) use open_converse::row as open_converse_row;

/// What one element of an export holds.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// What it is; none when it is nothing that is known.
    pub(super) format: Option<ImportFormat>,
    /// Each after what it refers to.
    pub(super) items: Vec<Result<Item, Flaw>>,
    /// What is not taken because it is no part of a conversation, and how often.
    pub(super) left_out: BTreeMap<&'static str, u64>,
}

/// Something that cannot be taken.
#[derive(Debug, PartialEq)]
pub(super) struct Flaw {
    /// Where in the element; empty for all of it.
    pub(super) path: String,
    pub(super) reason: Reason,
}

impl Parsed {
    fn leave(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }

    fn flaw(&mut self, path: impl Into<String>, reason: impl Into<Reason>) {
        self.items.push(Err(Flaw { path: path.into(), reason: reason.into() }));
    }
}

/// Reads an element. `format` is what the caller knows; otherwise it is told from the names of its fields.
pub(super) fn parse(text: &[u8], format: Option<ImportFormat>) -> Parsed {
    let mut parsed = Parsed::default();
    let text = String::from_utf8_lossy(text);
    if let Cow::Owned(_) = text {
        parsed.leave("bytes that are not UTF-8, replaced in their conversation");
    }
    if !text.trim_start().starts_with('{') {
        parsed.flaw("", "it is not a JSON object");
        return parsed;
    }
    let Some(fields) = Fields::read(&text) else {
        parsed.flaw("", invalid(&text));
        return parsed;
    };
    let Some(format) = format.or_else(|| recognise(&fields)) else {
        parsed.flaw("", "it is no conversation of a program that is known");
        return parsed;
    };
    parsed.format = Some(format);
    if memories::is_file(&fields) {
        memories::of_file(&fields, &mut parsed);
        return parsed;
    }
    let talk: Result<Talk, Reason> = match format {
        ImportFormat::ChatGpt => chatgpt::talk(&fields, &mut parsed),
        ImportFormat::Claude => claude::talk(&fields, &mut parsed),
        ImportFormat::OpenWebUi => open_webui::talk(&fields, &mut parsed),
        ImportFormat::LibreChat => librechat::talk(&fields, &mut parsed),
        ImportFormat::Jsonl | ImportFormat::OpenConverse => Err("it is not of this form".into()),
    };
    match talk {
        Ok(talk) => talk.tell(&mut parsed),
        Err(reason) => parsed.flaw("", reason),
    }
    parsed
}

/// Whose conversation it is.
fn recognise(fields: &Fields<'_>) -> Option<ImportFormat> {
    if fields.has("mapping") {
        Some(ImportFormat::ChatGpt)
    } else if fields.has("chat_messages") || memories::is_file(fields) {
        Some(ImportFormat::Claude)
    } else if fields.object("chat").is_some_and(|chat| open_webui::is_chat(&chat)) || open_webui::is_chat(fields) {
        Some(ImportFormat::OpenWebUi)
    } else if fields.has("conversationId") && fields.has("messages") {
        Some(ImportFormat::LibreChat)
    } else {
        None
    }
}

fn invalid(text: &str) -> Reason {
    let error = serde_json::from_str::<Fields<'_>>(text).err();
    let told = error.map(|error| error.to_string()).unwrap_or_default();
    format!("it is not valid JSON: {told}").into()
}

#[cfg(test)]
mod tests;
