use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::try_join;
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{ConversationId, MessageId, SessionId},
    policy::title,
    ports::Tx,
    text::estimate_tokens,
    types::{
        Conversation, ConversationStatus, DocRef, Follows, LiveChange, Message, MessageQuery, NewConversation,
        NewGeneration, NewMessage, Role, generation_running,
    },
};

use super::{ChatRequest, Work, compose::MAX_TURNS, generation::Generation, left::make_way, registry::Held};
use crate::{
    RecallOutcome,
    idempotent::{self, Seen},
};

/// Longest that memory is waited for.
const RECALL_PATIENCE: Duration = Duration::from_secs(3);

/// How a request goes on.
pub(super) enum Prepared {
    /// An earlier request with the same key has the answer, or is getting it.
    Existing(Generation),
    /// The person's message is stored; an answer is due.
    Fresh(Box<Turn>),
}

/// A stored message that waits for its answer.
pub(super) struct Turn {
    pub(super) said: Message,
    /// What it follows, oldest first.
    pub(super) earlier: Vec<Message>,
    pub(super) session_id: Option<SessionId>,
    /// Identity of the answer to come.
    pub(super) answer_id: MessageId,
    /// Whether it is the first time that an answer comes to this message, so that what it tells is not known yet.
    pub(super) is_first: bool,
    /// What memory found, when it was asked already.
    pub(super) recalled: Option<RecallOutcome>,
    /// What memory need not find.
    pub(super) known: Vec<DocRef>,
    pub(super) begun: Instant,
    pub(super) held: Held,
}

/// A message that the transaction stored, and what is around it.
struct Saved {
    said: Message,
    earlier: Vec<Message>,
    session_id: Option<SessionId>,
}

/// Why the transaction stored nothing.
enum Unsaved {
    /// An earlier request with the same key has.
    Seen(Seen),
    Failed(Error),
}

impl From<Error> for Unsaved {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Work {
    /// Stores what was said, or finds what an earlier request with the same key has stored.
    pub(super) async fn prepare(&self) -> Result<Prepared> {
        let begun = Instant::now();
        let ids = &*self.context.ports.ids;
        let conversation_id = self.request.conversation_id.unwrap_or_else(|| ConversationId::new(ids));
        let held = self.registry.hold(self.scope.user(), conversation_id);
        // A repeated request finds its own first try running: that is for the key to answer.
        if let (Err(error), None) = (&held, &self.request.idempotency) {
            return Err(error.clone());
        }
        let (message_id, answer_id) = (MessageId::new(ids), MessageId::new(ids));
        let known = vec![DocRef::from(message_id)];
        let save = async {
            let busy = held.as_ref().err().cloned();
            let saved = self.save(conversation_id, message_id, answer_id, busy).await;
            match &saved {
                Err(Unsaved::Failed(error)) if held.is_ok() && self.makes_way(error, conversation_id).await? => {
                    self.save(conversation_id, message_id, answer_id, None).await
                }
                _ => saved,
            }
        };
        // Memory is asked while the message becomes durable; only the model must wait for that.
        let recall = async { Ok(self.recall_for(&self.request.message, &known).await) };
        let (Saved { said, earlier, session_id }, recalled) = match try_join(save, recall).await {
            Ok(both) => both,
            Err(Unsaved::Failed(error)) => return Err(error),
            Err(Unsaved::Seen(seen)) => {
                drop(held);
                return self.resume(seen, begun).await;
            }
        };
        self.tell_of(said.conversation_id, said.id).await;
        let recalled = Some(recalled);
        let held = held?;
        Ok(Prepared::Fresh(Box::new(Turn {
            said,
            earlier,
            session_id,
            answer_id,
            is_first: true,
            recalled,
            known,
            begun,
            held,
        })))
    }

    /// What memory has to say; an index in trouble costs the answer its memory, not the person their answer.
    pub(super) async fn recall_for(&self, question: &str, known: &[DocRef]) -> RecallOutcome {
        let found = tokio::time::timeout(RECALL_PATIENCE, self.recall.find(&self.scope, question, known)).await;
        match found {
            Ok(Ok(recalled)) => return recalled,
            Ok(Err(error)) => tracing::warn!(?error, "answering without recall"),
            Err(_) => tracing::warn!("answering without recall, which took too long"),
        }
        RecallOutcome::default()
    }

    /// One transaction: claims the key, makes the conversation when there is none, stores the message, and notes that an
    /// answer is coming. `busy` is why the conversation is not ours.
    fn save(
        &self,
        conversation: ConversationId,
        message: MessageId,
        answer: MessageId,
        busy: Option<Error>,
    ) -> impl Future<Output = Result<Saved, Unsaved>> + use<'_> {
        let (scope, request, at) = (self.scope, Arc::clone(&self.request), self.context.now());
        let allowance = self.allowance;
        let generation = NewGeneration {
            message_id: answer,
            conversation_id: conversation,
            user_message_id: message,
            node: self.context.nodes.own.to_string(),
            started_at: at,
        };
        let unit = self.context.write(scope, move |tx| {
            Box::pin(async move {
                let idempotency = request.idempotency.as_ref();
                if let Some(seen) = idempotent::claim(tx, &scope, idempotency, *message.as_uuid(), at).await? {
                    return Ok(Err(Unsaved::Seen(seen)));
                }
                if let Some(busy) = busy {
                    return Err(busy);
                }
                let (head, earlier) = if request.conversation_id.is_some() {
                    existing(tx, &scope, conversation, &request).await?
                } else {
                    let title = title::from_first_turn(&request.message);
                    let session_id = request.session_id;
                    let new = NewConversation { id: conversation, session_id, title, metadata: None, created_at: at };
                    (tx.conversations().insert(&scope, new).await?, Vec::new())
                };
                let said = NewMessage {
                    follows: earlier.last().map_or(Follows::Nothing, |last| Follows::Message(last.id)),
                    tokens: Some(estimate_tokens(&request.message)),
                    ..NewMessage::text(message, conversation, Role::User, request.message.clone(), at)
                };
                let said = tx.messages().append(&scope, said).await?;
                tx.generations().begin(&scope, generation).await?;
                allowance.check_with(tx, &scope, Some(answer)).await?;
                Ok(Ok(Saved { said, earlier, session_id: head.session_id }))
            })
        });
        async { unit.await? }
    }

    /// Whether what kept an answer from beginning is out of the way now: another in its conversation, which nobody
    /// produces any more.
    pub(super) async fn makes_way(&self, error: &Error, conversation: ConversationId) -> Result<bool> {
        Ok(error.code() == generation_running().code() && make_way(&self.context, &self.scope, conversation).await?)
    }

    /// Tells whoever watches that a message was stored.
    pub(super) async fn tell_of(&self, conversation_id: ConversationId, message_id: MessageId) {
        let changes = [
            LiveChange::MessageCreated { conversation_id, message_id },
            LiveChange::ConversationUpdated { conversation_id },
        ];
        self.context.tell(&self.scope, changes).await;
    }
}

/// A conversation that can be continued, and the turns that a new one follows.
async fn existing(
    tx: &dyn Tx,
    scope: &Scope,
    id: ConversationId,
    request: &ChatRequest,
) -> Result<(Conversation, Vec<Message>)> {
    let latest = MessageQuery { before: None, since: None, limit: 1 };
    let page = tx.messages().page(scope, id, &latest).await?.ok_or_else(|| Error::not_found("conversation"))?;
    let head = page.conversation;
    refuse_bin(&head)?;
    if request.session_id.is_some() && request.session_id != head.session_id {
        return Err(Error::invalid(
            "session_id",
            "a conversation stays in the session it began in; leave session_id out",
        ));
    }
    let leaf = match request.follows {
        Follows::Nothing => None,
        Follows::Latest => page.messages.last().map(|latest| latest.id),
        Follows::Message(message) => Some(message),
    };
    let Some(leaf) = leaf else { return Ok((head, Vec::new())) };
    let earlier = tx.messages().branch(scope, leaf, MAX_TURNS).await?;
    if earlier.last().is_none_or(|last| last.conversation_id != id) {
        return Err(Error::not_found("parent message"));
    }
    Ok((head, earlier))
}

pub(super) fn refuse_bin(head: &Conversation) -> Result<()> {
    if head.status == ConversationStatus::Deleted {
        return Err(ErrorKind::Conflict
            .error("this conversation is in the bin; restore it before you go on with it")
            .with_code("conversation_deleted"));
    }
    Ok(())
}
