//! ChatGPT: a conversation is a `mapping` of nodes, each with its message and its parent.

use jarvis_core::types::Role;
use serde_json::{Map, Value};

use super::{
    super::item::{self, Reason},
    Parsed,
    fields::{self, Fields},
    memories,
    parts::{attachment, joined},
    talk::{Said, Talk, Turn},
};

pub(super) fn talk(fields: &Fields<'_>, into: &mut Parsed) -> Result<Talk, Reason> {
    let mapping = fields.object("mapping").ok_or("mapping: expected an object; is it a conversation of ChatGPT?")?;
    let mut turns = Vec::with_capacity(mapping.len());
    for (id, node) in mapping.iter() {
        let node = Fields::read(node);
        let said = match node.as_ref().map(|node| node.raw("message").map(Fields::read)) {
            None => Err("it is not an object".into()),
            Some(None) => Ok(None),
            Some(Some(None)) => Err("message: expected an object".into()),
            Some(Some(Some(message))) => said(&message, into),
        };
        turns.push(Turn { id: id.to_owned(), parent: node.and_then(|node| node.id("parent")), said });
    }
    let mut metadata = Map::new();
    if let Some(project) = fields.text("gizmo_id").or_else(|| fields.text("conversation_template_id")) {
        metadata.insert("project".to_owned(), item::quoted(&project).into());
    }
    Ok(Talk {
        id: fields.id("conversation_id").or_else(|| fields.id("id")),
        title: fields.text("title"),
        created_at: fields.time("create_time"),
        archived: fields.flag("is_archived"),
        session: None,
        metadata,
        turns,
        current: fields.id("current_node"),
    })
}

/// What a message says to the person or for them; none for what the program and its tools told one another.
fn said(message: &Fields<'_>, into: &mut Parsed) -> Result<Option<Said>, Reason> {
    let author = message.object("author").ok_or("author is missing")?;
    let content = message.object("content").ok_or("content is missing")?;
    let kind = content.text("content_type").unwrap_or_default();
    let notes = message.object("metadata");
    let is_hidden = notes.as_ref().is_some_and(|notes| notes.flag("is_visually_hidden_from_conversation"));
    match kind.as_str() {
        "model_editable_context" => {
            memories::of_context(&content, into);
            return Ok(None);
        }
        "user_editable_context" => {
            into.leave("custom instructions");
            return Ok(None);
        }
        "thoughts" | "reasoning_recap" => {
            into.leave("reasoning of a model");
            return Ok(None);
        }
        _ => {}
    }
    let role = author.text("role").ok_or("author.role is missing")?;
    let role = Role::parse(&role).ok_or_else(|| Reason::from(format!("author.role: {}", item::quoted(&role))))?;
    let mut said = Said::new(role, String::new());
    said.text = text(&kind, &content, &mut said.attachments);
    if role == Role::Tool && said.attachments.is_empty() {
        into.leave("results of tools");
        return Ok(None);
    }
    if role == Role::Assistant && message.text("recipient").is_some_and(|recipient| recipient != "all") {
        into.leave("calls of tools");
        return Ok(None);
    }
    if role == Role::System && (is_hidden || said.text.trim().is_empty()) {
        return Ok(None);
    }
    if is_hidden {
        into.leave("hidden messages");
        return Ok(None);
    }
    said.author = author.some_text("name").filter(|_| role != Role::User);
    said.at = message.time("create_time");
    if let Some(notes) = notes {
        said.model = notes.some_text("model_slug").filter(|_| role == Role::Assistant);
        for file in notes.objects("attachments") {
            let kind = file.text("mime_type");
            said.attachments.push(attachment("file", file.text("name").as_deref(), &[("media_type", kind.as_deref())]));
        }
    }
    Ok(said.or_placeholder())
}

fn text(kind: &str, content: &Fields<'_>, attachments: &mut Vec<Value>) -> String {
    if kind == "code" {
        let language = content.text("language").filter(|language| language != "unknown").unwrap_or_default();
        let code = content.some_text("text");
        return code.map(|code| format!("```{language}\n{code}\n```")).unwrap_or_default();
    }
    let mut texts = Vec::new();
    for part in content.list("parts") {
        if let Some(text) = fields::text(part) {
            texts.push(text);
        } else if let Some(part) = Fields::read(part) {
            let kind = part.text("content_type").unwrap_or_default();
            match kind.as_str() {
                "audio_transcription" | "text" => texts.extend(part.text("text")),
                _ => {
                    let kind = if kind.starts_with("image") {
                        "image"
                    } else if kind.contains("audio") {
                        "audio"
                    } else {
                        "file"
                    };
                    let asset = part.text("asset_pointer");
                    attachments.push(attachment(kind, None, &[("asset", asset.as_deref())]));
                }
            }
        }
    }
    texts.extend(["text", "result"].into_iter().filter_map(|name| content.some_text(name)));
    joined(texts)
}
