//! What a batch of changes comes down to.

use chrono::{DateTime, Utc};
use jarvis_core::{
    id::{ConversationId, UserId},
    types::{DocRef, IndexChange, IndexDocument, OutboxEntry, OutboxSeq, Role},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::lexemes::{Lexemes, lexemes};
use crate::documents::{is_new, kind_number};

/// A change with its text taken apart already: nobody should wait for that while the index is held.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) seq: OutboxSeq,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Upsert(Box<Document>),
    Delete(DocRef),
    DeleteConversation(ConversationId),
}

/// A document as it is stored.
#[derive(Debug)]
struct Document {
    doc: DocRef,
    user_id: UserId,
    conversation_id: Option<ConversationId>,
    role: Option<Role>,
    recallable: bool,
    created_at: DateTime<Utc>,
    lexemes: Lexemes,
}

impl From<OutboxEntry> for Prepared {
    fn from(entry: OutboxEntry) -> Self {
        let change = match entry.change {
            IndexChange::Upsert(document) => Change::Upsert(Box::new(document.into())),
            IndexChange::Delete(doc) => Change::Delete(doc),
            IndexChange::DeleteConversation(conversation) => Change::DeleteConversation(conversation),
        };
        Self { seq: entry.seq, change }
    }
}

impl From<IndexDocument> for Document {
    fn from(document: IndexDocument) -> Self {
        Self {
            doc: document.doc,
            user_id: document.user_id,
            conversation_id: document.conversation_id,
            role: document.role,
            recallable: document.recallable,
            created_at: document.created_at.to_utc(),
            lexemes: lexemes(document.user_id, &document.text),
        }
    }
}

/// The last word on everything that a batch speaks of: first conversations go, then documents, then some come.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) conversations: Vec<Uuid>,
    /// What goes, and what is replaced.
    pub(super) gone: HashSet<DocRef>,
    upserts: HashMap<DocRef, Box<Document>>,
    /// The last change.
    pub(super) position: OutboxSeq,
}

impl Changes {
    /// Of the changes behind `position`.
    pub(super) fn after(position: OutboxSeq, prepared: Vec<Prepared>) -> Self {
        let mut changes = Self::default();
        for Prepared { seq, change } in prepared.into_iter().filter(|prepared| is_new(prepared.seq, position)) {
            changes.position = changes.position.max(seq);
            match change {
                Change::Upsert(document) => {
                    changes.gone.insert(document.doc);
                    changes.upserts.insert(document.doc, document);
                }
                Change::Delete(doc) => {
                    changes.gone.insert(doc);
                    changes.upserts.remove(&doc);
                }
                Change::DeleteConversation(conversation) => {
                    changes.conversations.push(*conversation.as_uuid());
                    changes.upserts.retain(|_, document| document.conversation_id != Some(conversation));
                }
            }
        }
        changes
    }

    /// What comes, as columns.
    pub(super) fn columns(self) -> Columns {
        let mut columns = Columns::default();
        for document in self.upserts.into_values() {
            let Lexemes { body, repeats, words } = document.lexemes;
            columns.ids.push(document.doc.id);
            columns.kinds.push(kind_number(document.doc.kind));
            columns.users.push(*document.user_id.as_uuid());
            columns.conversations.push(document.conversation_id.map(|conversation| *conversation.as_uuid()));
            columns.roles.push(document.role.map(Role::as_str));
            columns.recallable.push(document.recallable);
            columns.times.push(document.created_at);
            columns.words.push(words);
            columns.bodies.push(body);
            columns.repeats.push(repeats);
        }
        columns
    }
}

/// Documents, column by column.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) ids: Vec<Uuid>,
    pub(super) kinds: Vec<i16>,
    pub(super) users: Vec<Uuid>,
    pub(super) conversations: Vec<Option<Uuid>>,
    pub(super) roles: Vec<Option<&'static str>>,
    pub(super) recallable: Vec<bool>,
    pub(super) times: Vec<DateTime<Utc>>,
    pub(super) words: Vec<i32>,
    pub(super) bodies: Vec<String>,
    pub(super) repeats: Vec<Option<String>>,
}
