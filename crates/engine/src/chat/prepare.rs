use std::time::Instant;

use jarvis_core::{
    Error, ErrorKind, Result,
    id::{ConversationId, MessageId, SessionId},
    policy::title,
    ports::Tx,
    text::estimate_tokens,
    types::{ClaimState, Conversation, ConversationStatus, Message, MessageQuery, NewConversation, NewMessage, Role},
};

use super::{
    Work,
    answer::ChatAnswer,
    generation::{Buffer, ChatStart, Generation},
    prompt::MAX_TURNS,
    running::{Held, generation_running},
};
use crate::idempotent;

/// How a request goes on.
pub(super) enum Prepared {
    /// An earlier request with the same key has the answer.
    Replay(Generation),
    /// The person's message is stored; an answer is due.
    Fresh(Box<Turn>),
}

/// A stored message that waits for its answer.
pub(super) struct Turn {
    pub(super) said: Message,
    pub(super) earlier: Vec<Message>,
    pub(super) session_id: Option<SessionId>,
    pub(super) begun: Instant,
    pub(super) held: Held,
}

/// What the transaction found or made.
enum Saved {
    New { said: Box<Message>, earlier: Vec<Message>, session_id: Option<SessionId> },
    Seen { message_id: MessageId, state: ClaimState },
}

impl Work {
    /// Stores what was said, or finds what an earlier request with the same key has stored.
    pub(super) async fn prepare(&self) -> Result<Prepared> {
        let begun = Instant::now();
        let ids = &*self.context.ports.ids;
        let conversation_id = self.request.conversation_id.unwrap_or_else(|| ConversationId::new(ids));
        let held = self.running.hold(conversation_id);
        // A repeated request finds its own first try running: that is for the key to answer.
        if let (Err(error), None) = (&held, &self.request.idempotency) {
            return Err(error.clone());
        }
        let message_id = MessageId::new(ids);
        let saved = self.save(conversation_id, message_id, held.is_ok()).await?;
        match saved {
            Saved::New { said, earlier, session_id } => {
                Ok(Prepared::Fresh(Box::new(Turn { said: *said, earlier, session_id, begun, held: held? })))
            }
            Saved::Seen { message_id, state } => {
                drop(held);
                self.resume(message_id, state, begun).await
            }
        }
    }

    /// One transaction: claims the key, makes the conversation when there is none, stores the message.
    async fn save(&self, conversation: ConversationId, message: MessageId, held: bool) -> Result<Saved> {
        let (scope, request, at) = (self.scope, std::sync::Arc::clone(&self.request), self.context.now());
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let idempotency = request.idempotency.as_ref();
                    if let Some(seen) = idempotent::claim(tx, &scope, idempotency, *message.as_uuid(), at).await? {
                        return Ok(Saved::Seen { message_id: seen.resource_id.into(), state: seen.state });
                    }
                    if !held {
                        return Err(generation_running());
                    }
                    let (head, earlier) = if request.conversation_id.is_some() {
                        existing(tx, &scope, conversation, request.session_id).await?
                    } else {
                        let title = title::from_first_turn(&request.message);
                        let new = NewConversation {
                            id: conversation,
                            session_id: request.session_id,
                            title,
                            metadata: None,
                            created_at: at,
                        };
                        (tx.conversations().insert(&scope, new).await?, Vec::new())
                    };
                    let said = NewMessage {
                        parent_id: earlier.last().map(|last| last.id),
                        tokens: Some(estimate_tokens(&request.message)),
                        ..NewMessage::text(message, conversation, Role::User, request.message.clone(), at)
                    };
                    let said = tx.messages().append(&scope, said).await?;
                    Ok(Saved::New { said: Box::new(said), earlier, session_id: head.session_id })
                })
            })
            .await
    }

    /// Goes on from what an earlier request with the same key has stored: its answer when there is one, else the saved
    /// message is answered now.
    async fn resume(&self, message_id: MessageId, state: ClaimState, begun: Instant) -> Result<Prepared> {
        let messages = self.context.ports.store.messages();
        let said = messages.get(&self.scope, message_id).await?.ok_or_else(idempotent::gone)?;
        if let Some(row) = messages.answer_to(&self.scope, message_id).await? {
            let start = ChatStart {
                message_id: row.id,
                user_message_id: message_id,
                conversation_id: row.conversation_id,
                model: row.model.clone().unwrap_or_default(),
            };
            let generation = Buffer::finished(ChatAnswer::from_row(row)?).generation(start, true);
            return Ok(Prepared::Replay(generation));
        }
        if state == ClaimState::Finished {
            return Err(idempotent::gone());
        }
        let held = self.running.hold(said.conversation_id).map_err(|_| idempotent::still_running())?;
        let query = MessageQuery { before: Some(message_id), since: None, limit: MAX_TURNS };
        let page = messages.page(&self.scope, said.conversation_id, &query).await?.ok_or_else(idempotent::gone)?;
        let session_id = page.conversation.session_id;
        Ok(Prepared::Fresh(Box::new(Turn { said, earlier: page.messages, session_id, begun, held })))
    }
}

/// A conversation that can be continued, and its latest turns.
async fn existing(
    tx: &dyn Tx,
    scope: &jarvis_core::Scope,
    id: ConversationId,
    session_id: Option<SessionId>,
) -> Result<(Conversation, Vec<Message>)> {
    let query = MessageQuery { before: None, since: None, limit: MAX_TURNS };
    let page = tx.messages().page(scope, id, &query).await?.ok_or_else(|| Error::not_found("conversation"))?;
    let head = page.conversation;
    if head.status == ConversationStatus::Deleted {
        return Err(ErrorKind::Conflict
            .error("this conversation is in the bin; restore it before you go on with it")
            .with_code("conversation_deleted"));
    }
    if session_id.is_some() && session_id != head.session_id {
        return Err(Error::invalid(
            "session_id",
            "a conversation stays in the session it began in; leave session_id out",
        ));
    }
    Ok((head, page.messages))
}
