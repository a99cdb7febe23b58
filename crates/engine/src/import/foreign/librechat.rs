//! LibreChat: one conversation with its messages in a row, or with those that answer a message in its `children`.

use jarvis_core::types::Role;
use serde_json::{Map, Value};

use super::{
    super::item::{self, Reason},
    Parsed,
    fields::{self, Fields},
    parts::{attachment, files, joined},
    talk::{Said, Talk, Turn},
};

/// Bytes that may be looked at for one conversation: every message is found anew in those around it. More than a thousand
/// turns in one another come within it.
const MAX_READ: usize = 256 << 20;

pub(super) fn talk(fields: &Fields<'_>, into: &mut Parsed) -> Result<Talk, Reason> {
    if !fields.has("messages") {
        return Err("messages: expected a list; is it a conversation of LibreChat?".into());
    }
    let mut turns = Vec::new();
    let mut read = 0_usize;
    // (a message, the id of the one it stands in)
    let mut waiting: Vec<(&str, Option<String>)> = Vec::new();
    waiting.extend(fields.list("messages").into_iter().rev().map(|message| (message, None)));
    while let Some((message, above)) = waiting.pop() {
        read = read.saturating_add(message.len());
        if read > MAX_READ {
            return Err("its messages stand too deep in one another; export it with its messages in a row".into());
        }
        let number = turns.len() + 1;
        let message = Fields::read(message);
        let id = message.as_ref().and_then(|message| message.id("messageId")).unwrap_or_else(|| format!("#{number}"));
        let parent = message.as_ref().and_then(|message| message.id("parentMessageId")).or(above);
        let said = message.as_ref().map_or_else(|| Err("it is not an object".into()), |message| said(message, into));
        if let Some(message) = &message {
            waiting.extend(message.list("children").into_iter().rev().map(|child| (child, Some(id.clone()))));
        }
        turns.push(Turn { id, parent, said });
    }
    Ok(Talk {
        id: fields.id("conversationId"),
        title: fields.text("title"),
        created_at: fields.time("createdAt"),
        archived: fields.flag("isArchived"),
        session: None,
        metadata: metadata(fields),
        turns,
        current: None,
    })
}

fn metadata(fields: &Fields<'_>) -> Map<String, Value> {
    let endpoint = fields.some_text("endpoint").map(|endpoint| ("endpoint".to_owned(), item::quoted(&endpoint).into()));
    endpoint.into_iter().collect()
}

fn said(message: &Fields<'_>, into: &mut Parsed) -> Result<Option<Said>, Reason> {
    if message.flag("error") {
        into.leave("answers that failed");
        return Ok(None);
    }
    let sender = message.some_text("sender");
    let role = match (message.raw("isCreatedByUser"), sender.as_deref()) {
        (Some("true"), _) | (None, Some("User")) => Role::User,
        (Some("false"), _) | (None, Some(_)) => Role::Assistant,
        _ => return Err("isCreatedByUser is missing".into()),
    };
    let mut said = Said::new(role, String::new());
    let mut texts = Vec::new();
    for part in message.objects("content") {
        match part.text("type").as_deref() {
            Some("text") | None => {
                texts.extend(part.text("text").or_else(|| part.object("text")?.text("value")));
            }
            Some("think") => into.leave("reasoning of a model"),
            Some("tool_call") => into.leave("calls of tools"),
            Some("error") => into.leave("answers that failed"),
            Some(kind) => said.attachments.push(attachment(kind.trim_end_matches("_file"), None, &[])),
        }
    }
    said.text = joined(texts);
    if said.text.is_empty() {
        said.text = message.raw("text").and_then(fields::text).unwrap_or_default();
    }
    said.at = message.time("createdAt");
    if role == Role::Assistant {
        said.model = message.some_text("model");
        said.author = sender;
    }
    for list in ["files", "attachments"] {
        said.attachments.extend(files(message, list, "filename", "type"));
    }
    Ok(said.or_placeholder())
}
