use futures_util::TryStreamExt;
use jarvis_core::{
    Scope,
    id::ConversationId,
    types::{Conversation, Message, MessageStatus, Role},
};
use sqlx::{Decode, Postgres, error::BoxDynError, postgres::PgValueRef};

use super::{
    conversations::{self, ConversationRow},
    messages::{self, MessageRow},
};
use crate::{
    db::{Db, owner},
    error::Attempt,
    row::Word,
};

/// The head of a conversation in one column, so that the rows without it have eleven columns less to be looked at; in a place of
/// its own, so that they are a third as large.
#[derive(Debug)]
struct Head(Box<ConversationRow>);

impl<'r> Decode<'r, Postgres> for Head {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        ConversationRow::decode(value).map(Box::new).map(Self)
    }
}

/// The newest messages of a conversation, newest first, and its head: what everything shown begins with, so it is one
/// statement. Nothing when the conversation or its newest message is not there.
pub(super) async fn latest_page(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    rows: i64,
) -> Attempt<Option<(Conversation, Vec<Message>)>> {
    let key = *conversation.as_uuid();
    let found = sqlx::query_file!("sql/messages/latest_page.sql", key, owner(scope), rows);
    let (mut rows, mut found) = (found.fetch(db.connection()), Vec::with_capacity(rows as usize));
    while let Some(row) = rows.try_next().await? {
        found.push(row);
    }
    drop(rows);
    // the server need not keep the order that it found them in
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.position));
    let mut head = None;
    let mut messages = Vec::with_capacity(found.len());
    for row in found {
        if messages.is_empty() {
            head = row.head;
        }
        let message = MessageRow {
            id: row.id,
            conversation_id: key,
            position: row.position,
            parent_id: row.parent_id,
            role: row.role,
            author: row.author,
            content: row.content,
            parts: row.parts,
            tokens: row.tokens,
            model: row.model,
            status: row.status,
            recall_score: row.recall_score,
            metadata: row.metadata,
            created_at: row.created_at,
        };
        messages.push(messages::decode(db, message)?);
    }
    let head = head.map(|Head(row)| conversations::decode(db, *row)).transpose()?;
    Ok(head.map(|head| (head, messages)))
}
