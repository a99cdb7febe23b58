//! OpenConverse: rows of its database.

use jarvis_core::{
    Timestamp,
    ports::{OpenConverseRow, RowKey},
    types::{ConversationStatus, MemoryKind, Role},
};

use super::{
    super::{
        ImportFormat,
        item::{self, ConversationItem, Follow, Item, MemoryItem, MessageItem, Reason, SessionItem},
        past::{ConversationPast, MessagePast},
    },
    Parsed, talk,
};
use crate::{
    limits::{self, MAX_MEMORY_BYTES, MAX_MESSAGE_BYTES, MAX_TEXT_CHARS},
    memories,
};

/// The category of what was kept in its collection of documents.
const DOCUMENT: &str = "document";

/// What a row becomes. Ids count from 1 in every database, so the moment of making is part of them.
pub(in super::super) fn row(row: OpenConverseRow) -> Parsed {
    let mut parsed = Parsed { format: Some(ImportFormat::OpenConverse), ..Parsed::default() };
    let (path, item) = match row {
        OpenConverseRow::Session { key, name, role, goals } => {
            (format!("session {}", key.id), session(&key, &name, role, goals, &mut parsed))
        }
        OpenConverseRow::Conversation { key, session, title, is_archived } => {
            let title = title.map(|title| item::quoted(title.trim())).filter(|title| !title.is_empty());
            let conversation = ConversationItem {
                id: foreign(&key),
                session_id: session.as_ref().map(foreign),
                title,
                metadata: None,
                created_at: key.created_at,
                past: ConversationPast {
                    status: is_archived.then_some(ConversationStatus::Archived),
                    ..ConversationPast::default()
                },
            };
            (format!("conversation {}", key.id), Ok(Item::Conversation(conversation)))
        }
        OpenConverseRow::Message { id, conversation, role, content, at, model } => {
            let path = format!("message {id}");
            let content = talk::without_nul(content, &mut parsed);
            let key = conversation.as_ref();
            (path, message(id, key, &role, content, at, model))
        }
        OpenConverseRow::Memory { table, key, content, expires_at } => {
            let content = talk::without_nul(content, &mut parsed);
            (format!("{table} {}", key.id), memory(table, &key, content, expires_at))
        }
        OpenConverseRow::Unreadable { table, id } => {
            (format!("{table} {id}"), Err("the row holds no text or no number where one is needed".into()))
        }
    };
    match item {
        Ok(item) => parsed.items.push(Ok(item)),
        Err(reason) => parsed.flaw(path, reason),
    }
    parsed
}

fn foreign(key: &RowKey) -> String {
    format!("{}@{}", key.id, key.created_at.map_or(0, Timestamp::as_micros))
}

fn session(
    key: &RowKey,
    name: &str,
    role: Option<String>,
    goals: Option<String>,
    into: &mut Parsed,
) -> Result<Item, Reason> {
    let mut text = |text: Option<String>| {
        let text = talk::without_nul(text?, into);
        Some(text.chars().take(MAX_TEXT_CHARS).collect::<String>()).filter(|text| !text.trim().is_empty())
    };
    let (role, goals) = (text(role), text(goals));
    let named = item::named_session(foreign(key), name, key.created_at).ok_or("its name is empty")?;
    Ok(Item::Session(SessionItem { role, goals, ..named }))
}

fn message(
    id: i64,
    conversation: Option<&RowKey>,
    role: &str,
    content: String,
    at: Option<Timestamp>,
    model: Option<String>,
) -> Result<Item, Reason> {
    let conversation = conversation.ok_or("its conversation is missing")?;
    let role = Role::parse(role).ok_or_else(|| Reason::from(format!("role: {}", item::quoted(role))))?;
    limits::required_text("content", &content, MAX_MESSAGE_BYTES).map_err(|error| error.message().to_owned())?;
    Ok(Item::Message(Box::new(MessageItem {
        conversation_id: foreign(conversation),
        id: Some(id.to_string()),
        follow: Follow::Latest,
        role,
        author: None,
        content,
        parts: None,
        tokens: None,
        model: model.filter(|_| role == Role::Assistant).map(|model| item::quoted(&model)),
        metadata: None,
        created_at: at,
        past: MessagePast::default(),
    })))
}

fn memory(table: &'static str, key: &RowKey, content: String, expires_at: Option<Timestamp>) -> Result<Item, Reason> {
    limits::required_text("content", &content, MAX_MEMORY_BYTES).map_err(|error| error.message().to_owned())?;
    let is_document = table == OpenConverseRow::DOCUMENTS;
    let kind = if expires_at.is_some() { MemoryKind::ShortTerm } else { MemoryKind::LongTerm };
    let category = if is_document { DOCUMENT } else { memories::DEFAULT_CATEGORY };
    Ok(Item::Memory(MemoryItem {
        id: Some(format!("{table}/{}", foreign(key))),
        kind,
        category: category.to_owned(),
        content,
        importance: memories::DEFAULT_IMPORTANCE,
        expires_at,
        metadata: None,
        created_at: key.created_at,
        past: None,
    }))
}
