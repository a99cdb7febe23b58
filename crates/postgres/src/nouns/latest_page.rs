use jarvis_core::{
    Scope,
    id::ConversationId,
    types::{Conversation, Message},
};

use super::{
    conversations::{self, ConversationRow},
    messages::{self, MessageRow},
};
use crate::{
    db::{Db, owner},
    error::Attempt,
};

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
    let mut found = found.fetch_all(db.connection()).await?;
    // the server need not keep the order that it found them in
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.position));
    let mut head = None;
    let mut messages = Vec::with_capacity(found.len());
    for row in found {
        if messages.is_empty() {
            head = (|| {
                Some(ConversationRow {
                    id: key,
                    user_id: row.user_id?,
                    session_id: row.session_id,
                    title: row.title?,
                    summary: row.summary,
                    status: row.conversation_status?,
                    message_count: row.message_count?,
                    metadata: row.conversation_metadata,
                    created_at: row.begun_at?,
                    updated_at: row.updated_at?,
                    active_at: row.active_at?,
                    summary_until: row.summary_until,
                })
            })();
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
    let head = head.map(|row| conversations::decode(db, row)).transpose()?;
    Ok(head.map(|head| (head, messages)))
}
