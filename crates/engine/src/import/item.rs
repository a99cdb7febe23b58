//! What an import takes in, and one line of JSONL as what it stands for, checked as far as the line alone can tell.

use std::{borrow::Cow, collections::HashMap};

use jarvis_core::{
    Error, Json, Timestamp,
    types::{MemoryKind, Role},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::past::{self, ConversationPast, EndItem, MemoryPast, MessagePast, SessionPast, SummaryItem};
use crate::{
    limits::{self, MAX_ANSWER_BYTES, MAX_MESSAGE_BYTES, MAX_NAME_CHARS},
    memories, sessions,
};

/// Bytes of a foreign id at most.
const MAX_ID_BYTES: usize = 200;
/// Characters of a caller's word that a reason repeats at most.
const MAX_QUOTED_CHARS: usize = 40;

/// Why a line is not taken, for a person.
pub(super) type Reason = Cow<'static, str>;

/// What a line stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Session(SessionItem),
    Conversation(ConversationItem),
    Message(Box<MessageItem>),
    Memory(MemoryItem),
    Summary(SummaryItem),
    End(EndItem),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct SessionItem {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: Option<String>,
    pub(super) goals: Option<String>,
    pub(super) template: Option<String>,
    pub(super) metadata: Option<Json>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) past: SessionPast,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConversationItem {
    pub(super) id: String,
    pub(super) session_id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) metadata: Option<Json>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) past: ConversationPast,
}

/// Where a message stands in its conversation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Follow {
    /// After the one before it.
    Latest,
    /// At a beginning.
    Nothing,
    /// After the one with this id, or the one before it when there is none.
    Message(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct MessageItem {
    pub(super) conversation_id: String,
    pub(super) id: Option<String>,
    pub(super) follow: Follow,
    pub(super) role: Role,
    pub(super) author: Option<String>,
    pub(super) content: String,
    pub(super) parts: Option<Json>,
    pub(super) tokens: Option<u32>,
    pub(super) model: Option<String>,
    pub(super) metadata: Option<Json>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) past: MessagePast,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct MemoryItem {
    pub(super) id: Option<String>,
    pub(super) kind: MemoryKind,
    pub(super) category: String,
    pub(super) content: String,
    pub(super) importance: f32,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) metadata: Option<Json>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) past: Option<Box<MemoryPast>>,
}

/// The fields of a line, read when asked for: one that does not belong to the line's type may hold anything.
pub(super) struct Fields(HashMap<String, Json>);

/// Reads a line; none for a blank one.
pub(super) fn parse(line: &[u8]) -> Result<Option<Item>, Reason> {
    // some programs begin a file with a byte order mark
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Derived readers would take an array as the fields in their order.
    if !text.starts_with('{') {
        return Err("the line is not a JSON object".into());
    }
    let mut fields = Fields::read(text)?;
    let item = match fields.text("type")?.as_deref() {
        Some("session") => session(&mut fields)?,
        Some("conversation") => conversation(&mut fields)?,
        Some("message") => message(&mut fields)?,
        Some("memory") => memory(&mut fields)?,
        Some("summary") => Item::Summary(past::summary(&mut fields)?),
        Some("end") => Item::End(past::end(&mut fields)?),
        Some(other) => {
            let other = repeated(other, MAX_QUOTED_CHARS);
            return Err(format!("type: unknown type “{other}”; use session, conversation, message or memory").into());
        }
        None => return Err("type is missing; use session, conversation, message or memory".into()),
    };
    Ok(Some(item))
}

impl Fields {
    fn read(text: &str) -> Result<Self, Reason> {
        serde_json::from_str(text).map(Self).map_err(|error| {
            let (told, column) = (error.to_string(), error.column());
            // it counts lines within the line
            let told = told.rfind(" at line ").map_or(told.as_str(), |end| &told[..end]);
            format!("the line is not valid JSON: {told}, at column {column}").into()
        })
    }

    /// A field's value; none when it is absent or null.
    pub(super) fn value<T: DeserializeOwned>(
        &mut self,
        field: &'static str,
        expected: &str,
    ) -> Result<Option<T>, Reason> {
        let Some(json) = self.0.remove(field) else { return Ok(None) };
        serde_json::from_str(json.as_str()).map_err(|_| format!("{field}: expected {expected}").into())
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, Reason> {
        self.value(field, "a string")
    }

    pub(super) fn required_text(&mut self, field: &'static str) -> Result<String, Reason> {
        self.text(field)?.ok_or_else(|| format!("{field} is missing").into())
    }

    /// A foreign id; whole numbers are taken as their digits.
    pub(super) fn id(&mut self, field: &'static str) -> Result<Option<String>, Reason> {
        let expected = "an id: a string or a whole number";
        let id = match self.value(field, expected)? {
            Some(Value::String(id)) => id,
            Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.to_string(),
            Some(_) => return Err(format!("{field}: expected {expected}").into()),
            None => return Ok(None),
        };
        checked_id(id).map(Some).map_err(|reason| format!("{field}: {reason}").into())
    }

    pub(super) fn required_id(&mut self, field: &'static str) -> Result<String, Reason> {
        self.id(field)?.ok_or_else(|| format!("{field} is missing").into())
    }

    pub(super) fn time(&mut self, field: &'static str) -> Result<Option<Timestamp>, Reason> {
        let time = self.text(field)?.map(|text| text.parse()).transpose();
        time.map_err(|error: Error| format!("{field}: {}", error.message()).into())
    }

    fn metadata(&mut self) -> Result<Option<Json>, Reason> {
        let given: Option<Json> = self.value("metadata", "an object")?;
        limits::metadata(given.as_ref()).map_err(told)?;
        // where the row came from is added to its fields, so they must be readable
        let readable = given.as_ref().is_none_or(|json| json.decode::<HashMap<String, Json>>().is_ok());
        if readable { Ok(given) } else { Err("metadata: a name in it is not valid text".into()) }
    }
}

/// A foreign id that can be kept.
pub(super) fn checked_id(id: String) -> Result<String, Reason> {
    if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
        return Err(format!("an id is 1 to {MAX_ID_BYTES} bytes without control characters").into());
    }
    Ok(id)
}

/// The beginning of something foreign, to be shown or noted.
pub(super) fn quoted(text: &str) -> String {
    repeated(text, MAX_NAME_CHARS)
}

fn repeated(text: &str, max: usize) -> String {
    text.chars().take(max).filter(|c| !c.is_control()).collect()
}

/// A session of another program, of which only its name is known.
pub(super) fn named_session(id: String, name: &str, created_at: Option<Timestamp>) -> Option<SessionItem> {
    let name = quoted(name.trim());
    let id = checked_id(id).ok().filter(|_| !name.is_empty())?;
    Some(SessionItem {
        id,
        name,
        role: None,
        goals: None,
        template: None,
        metadata: None,
        created_at,
        past: SessionPast::default(),
    })
}

fn session(fields: &mut Fields) -> Result<Item, Reason> {
    let item = SessionItem {
        id: fields.required_id("id")?,
        name: fields.required_text("name")?,
        role: fields.text("role")?,
        goals: fields.text("goals")?,
        template: fields.text("template")?,
        metadata: fields.metadata()?,
        created_at: fields.time("created_at")?,
        past: past::session(fields)?,
    };
    sessions::check_text(Some(&item.name), item.role.as_deref(), item.goals.as_deref()).map_err(told)?;
    sessions::check_template(item.template.as_deref()).map_err(told)?;
    Ok(Item::Session(item))
}

fn conversation(fields: &mut Fields) -> Result<Item, Reason> {
    // a title is for the eye: a long one is no reason to lose what was said under it
    let title: Option<String> = fields.text("title")?.map(|title| title.trim().chars().take(MAX_NAME_CHARS).collect());
    limits::bounded_chars("title", title.as_deref().unwrap_or_default(), MAX_NAME_CHARS).map_err(told)?;
    Ok(Item::Conversation(ConversationItem {
        id: fields.required_id("id")?,
        session_id: fields.id("session_id")?,
        title: title.filter(|title| !title.is_empty()),
        metadata: fields.metadata()?,
        created_at: fields.time("created_at")?,
        past: past::conversation(fields)?,
    }))
}

fn message(fields: &mut Fields) -> Result<Item, Reason> {
    let item = MessageItem {
        conversation_id: fields.required_id("conversation_id")?,
        id: fields.id("id")?,
        follow: past::follow(fields)?,
        role: Role::parse(&fields.required_text("role")?).ok_or("role: write user, assistant, system or tool")?,
        author: fields.text("author")?,
        content: fields.required_text("content")?,
        parts: fields.value("parts", "JSON")?,
        tokens: fields.value("tokens", "a whole number from 0 to 4294967295")?,
        model: fields.text("model")?,
        metadata: fields.metadata()?,
        created_at: fields.time("created_at")?,
        past: past::message(fields)?,
    };
    match item.role {
        // a model may have said nothing, or very much
        Role::Assistant if item.past.status.is_some() => {
            limits::bounded_text("content", &item.content, MAX_ANSWER_BYTES).map_err(told)?;
        }
        _ => limits::required_text("content", &item.content, MAX_MESSAGE_BYTES).map_err(told)?,
    }
    limits::bounded_chars("author", item.author.as_deref().unwrap_or_default(), MAX_NAME_CHARS).map_err(told)?;
    limits::bounded_chars("model", item.model.as_deref().unwrap_or_default(), MAX_NAME_CHARS).map_err(told)?;
    limits::bounded_json("parts", item.parts.as_ref()).map_err(told)?;
    Ok(Item::Message(Box::new(item)))
}

fn memory(fields: &mut Fields) -> Result<Item, Reason> {
    let kind = match fields.text("kind")? {
        Some(kind) => MemoryKind::parse(&kind).ok_or("kind: write long_term or short_term")?,
        None => MemoryKind::LongTerm,
    };
    let item = MemoryItem {
        id: fields.id("id")?,
        kind,
        category: fields.text("category")?.unwrap_or_else(|| memories::DEFAULT_CATEGORY.to_owned()),
        content: fields.required_text("content")?,
        importance: fields.value("importance", "a number from 0 to 1")?.unwrap_or(memories::DEFAULT_IMPORTANCE),
        expires_at: fields.time("expires_at")?,
        metadata: fields.metadata()?,
        created_at: fields.time("created_at")?,
        past: past::memory(fields)?,
    };
    memories::check(Some(&item.content), Some(&item.category), Some(item.importance), None).map_err(told)?;
    Ok(Item::Memory(item))
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors, which come by value")]
pub(super) fn told(error: Error) -> Reason {
    error.message().to_owned().into()
}

#[cfg(test)]
mod tests;
