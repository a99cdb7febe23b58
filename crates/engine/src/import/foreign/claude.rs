//! Claude: a conversation has `chat_messages`, each with blocks of content, and in newer exports with its parent.

use jarvis_core::types::Role;
use serde_json::Map;

use super::{
    super::item::{self, Reason, SessionItem},
    Parsed,
    fields::Fields,
    parts::{attachment, files, joined},
    talk::{Said, Talk, Turn},
};

pub(super) fn talk(fields: &Fields<'_>, into: &mut Parsed) -> Result<Talk, Reason> {
    if !fields.has("chat_messages") {
        return Err("chat_messages: expected a list; is it a conversation of Claude?".into());
    }
    let mut turns: Vec<Turn> = Vec::new();
    for (number, message) in (1_u64..).zip(fields.list("chat_messages")) {
        let message = Fields::read(message);
        let before = turns.last().map(|turn| turn.id.clone());
        let (id, parent, said) = match &message {
            None => (None, before, Err("it is not an object".into())),
            Some(message) if message.has("parent_message_uuid") => {
                (message.id("uuid"), message.id("parent_message_uuid"), said(message, into))
            }
            Some(message) => (message.id("uuid"), before, said(message, into)),
        };
        turns.push(Turn { id: id.unwrap_or_else(|| format!("#{number}")), parent, said });
    }
    Ok(Talk {
        id: fields.id("uuid"),
        title: fields.text("name"),
        created_at: fields.time("created_at"),
        archived: fields.flag("is_archived"),
        session: fields.object("project").as_ref().and_then(project),
        metadata: Map::new(),
        turns,
        current: fields.id("current_leaf_message_uuid"),
    })
}

fn project(fields: &Fields<'_>) -> Option<SessionItem> {
    item::named_session(fields.id("uuid")?, &fields.some_text("name")?, fields.time("created_at"))
}

fn said(message: &Fields<'_>, into: &mut Parsed) -> Result<Option<Said>, Reason> {
    let role = match message.text("sender").as_deref() {
        Some("human" | "user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        Some(other) => return Err(format!("sender: {}", item::quoted(other)).into()),
        None => return Err("sender is missing".into()),
    };
    let mut said = Said::new(role, String::new());
    let mut texts = Vec::new();
    for block in message.objects("content") {
        match block.text("type").as_deref() {
            Some("text") | None => texts.extend(block.text("text")),
            Some("thinking") => into.leave("reasoning of a model"),
            Some("tool_use") => into.leave("calls of tools"),
            Some("tool_result") => into.leave("results of tools"),
            Some("token_budget" | "flag") => {}
            Some(kind) => said.attachments.push(attachment(kind, block.text("file_name").as_deref(), &[])),
        }
    }
    said.text = joined(texts);
    if said.text.is_empty() {
        said.text = message.text("text").unwrap_or_default();
    }
    said.at = message.time("created_at");
    said.model = message.some_text("model");
    said.attachments.extend(files(message, "attachments", "file_name", "file_type"));
    said.attachments.extend(files(message, "files", "file_name", "file_kind"));
    Ok(said.or_placeholder())
}
