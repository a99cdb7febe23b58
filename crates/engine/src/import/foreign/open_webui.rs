//! Open WebUI: a list of chats, each with a `history` of messages by id, or in old exports with `messages` in a row.

use jarvis_core::types::Role;
use serde_json::{Map, Value};

use super::{
    super::item::{self, Reason},
    Parsed,
    fields::{self, Fields},
    parts,
    talk::{Said, Talk, Turn},
};

/// Tags of a chat that are kept at most.
const MAX_TAGS: usize = 20;

/// Whether an object holds the messages of a chat.
pub(super) fn is_chat(fields: &Fields<'_>) -> bool {
    fields.has("history") || (fields.has("messages") && !fields.has("conversationId"))
}

pub(super) fn talk(fields: &Fields<'_>, into: &mut Parsed) -> Result<Talk, Reason> {
    let inner = fields.object("chat");
    let chat = inner.as_ref().unwrap_or(fields);
    if !is_chat(chat) {
        return Err("chat: expected an object with its history; is it a chat of Open WebUI?".into());
    }
    let history = chat.object("history");
    let messages = history.as_ref().and_then(|history| history.object("messages"));
    let turns = match &messages {
        Some(messages) => tree(messages, into),
        None => row(&chat.list("messages"), into),
    };
    let tags = fields.object("meta").map(|meta| meta.list("tags")).unwrap_or_default();
    let tags: Vec<Value> = tags.into_iter().filter_map(fields::text).map(|tag| item::quoted(&tag).into()).collect();
    let mut metadata = Map::new();
    if !tags.is_empty() {
        metadata.insert("tags".to_owned(), tags.into_iter().take(MAX_TAGS).collect());
    }
    Ok(Talk {
        id: fields.id("id").or_else(|| chat.id("id")),
        title: fields.some_text("title").or_else(|| chat.text("title")),
        created_at: fields.time("created_at").or_else(|| chat.time("timestamp")),
        archived: fields.flag("archived"),
        session: None,
        metadata,
        turns,
        current: history.and_then(|history| history.id("currentId")),
    })
}

fn tree(messages: &Fields<'_>, into: &mut Parsed) -> Vec<Turn> {
    let mut turns = Vec::with_capacity(messages.len());
    for (id, message) in messages.iter() {
        let message = Fields::read(message);
        let said = message.as_ref().map_or_else(|| Err("it is not an object".into()), |message| said(message, into));
        turns.push(Turn { id: id.to_owned(), parent: message.and_then(|message| message.id("parentId")), said });
    }
    turns
}

fn row(messages: &[&str], into: &mut Parsed) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::with_capacity(messages.len());
    for (number, message) in (1_u64..).zip(messages) {
        let message = Fields::read(message);
        let said = message.as_ref().map_or_else(|| Err("it is not an object".into()), |message| said(message, into));
        let id = message.and_then(|message| message.id("id")).unwrap_or_else(|| format!("#{number}"));
        turns.push(Turn { id, parent: turns.last().map(|turn| turn.id.clone()), said });
    }
    turns
}

fn said(message: &Fields<'_>, into: &mut Parsed) -> Result<Option<Said>, Reason> {
    let role = message.text("role").ok_or("role is missing")?;
    let role = Role::parse(&role).ok_or_else(|| Reason::from(format!("role: {}", item::quoted(&role))))?;
    let mut said = Said::new(role, String::new());
    said.text = message.raw("content").map(|raw| parts::content(raw, &mut said.attachments)).unwrap_or_default();
    if role == Role::Assistant {
        said.text = without_reasoning(said.text, into);
        said.model = message.some_text("model");
    }
    said.at = message.time("timestamp");
    for file in message.objects("files") {
        let kind = file.text("type").unwrap_or_else(|| "file".to_owned());
        said.attachments.push(parts::attachment(&kind, file.text("name").as_deref(), &[]));
    }
    Ok(said.or_placeholder())
}

/// Takes out the blocks in which the program shows how a model came to its answer.
fn without_reasoning(text: String, into: &mut Parsed) -> String {
    const OPENED: &str = "<details type=\"reasoning\"";
    const CLOSED: &str = "</details>";
    if !text.contains(OPENED) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(OPENED) {
        // a block that never ends is the answer's own text
        let Some(end) = rest[at..].find(CLOSED) else { break };
        kept.push_str(&rest[..at]);
        rest = rest[at + end + CLOSED.len()..].trim_start();
        into.leave("reasoning of a model");
    }
    kept.push_str(rest);
    kept
}
