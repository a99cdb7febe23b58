use bytes::Bytes;
use jarvis_core::{
    Error, Result, Scope,
    id::{ConversationId, MessageId},
    types::{
        Anchor, Conversation, ConversationPatch, ConversationQuery, LiveChange, Message, MessagePage, MessageQuery,
        Page,
    },
};

use crate::{
    audit::{Act, Actor},
    branches::{self, Branch},
    cache::KeptPage,
    context::Context,
    limits::{self, MAX_NAME_CHARS, MAX_QUERY_CHARS, MAX_TEXT_CHARS},
};

/// Conversations and their history.
#[derive(Debug)]
pub struct Conversations {
    context: Context,
}

/// Messages on either side of one that can be asked for.
const MAX_REACH: u32 = 20;

/// What erasing removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseReceipt {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Messages removed.
    pub messages: u64,
    /// Memories that came from it alone.
    pub memories: u64,
}

impl Conversations {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Reads a conversation's head, in the bin or not.
    #[tracing::instrument(name = "conversations.get", target = "jarvis", skip_all)]
    pub async fn get(&self, scope: &Scope, id: ConversationId) -> Result<Conversation> {
        self.context.ports.store.conversations().get(scope, id).await?.ok_or_else(not_found)
    }

    /// Lists conversations, newest activity first.
    #[tracing::instrument(name = "conversations.list", target = "jarvis", skip_all)]
    pub async fn list(&self, scope: &Scope, query: &ConversationQuery) -> Result<Page<Conversation>> {
        limits::list_limit(query.limit)?;
        limits::bounded_chars("q", query.title_contains.as_deref().unwrap_or_default(), MAX_QUERY_CHARS)?;
        self.context.ports.store.conversations().list(scope, query).await
    }

    /// The first page of a list without a search, rendered; as it was sent before, when nothing changed since.
    #[tracing::instrument(name = "conversations.first_page", target = "jarvis", skip_all)]
    pub async fn first_page(
        &self,
        scope: &Scope,
        query: &ConversationQuery,
        render: impl FnOnce(&Page<Conversation>) -> Result<Bytes> + Send,
    ) -> Result<Bytes> {
        let read = async { render(&self.list(scope, query).await?) };
        if query.after.is_some() || query.title_contains.is_some() {
            return read.await;
        }
        let page = KeptPage::Conversations { status: query.status, session: query.session_id, limit: query.limit };
        self.context.kept.page(scope, &page, read).await
    }

    /// The latest messages of a conversation, rendered; as they were sent before, when nothing changed since.
    #[tracing::instrument(name = "conversations.latest", target = "jarvis", skip_all)]
    pub async fn latest(
        &self,
        scope: &Scope,
        id: ConversationId,
        limit: u32,
        render: impl FnOnce(&MessagePage) -> Result<Bytes> + Send,
    ) -> Result<Bytes> {
        let query = MessageQuery { before: None, since: None, limit };
        let read = async { render(&self.history(scope, id, &query).await?) };
        self.context.kept.page(scope, &KeptPage::History { conversation: id, limit }, read).await
    }

    /// Reads some of a conversation's messages, oldest first.
    #[tracing::instrument(name = "conversations.history", target = "jarvis", skip_all)]
    pub async fn history(&self, scope: &Scope, id: ConversationId, query: &MessageQuery) -> Result<MessagePage> {
        limits::list_limit(query.limit)?;
        self.context.ports.store.messages().page(scope, id, query).await?.ok_or_else(not_found)
    }

    /// Reads some of a conversation's messages about a place, oldest first.
    #[tracing::instrument(name = "conversations.window", target = "jarvis", skip_all)]
    pub async fn window(&self, scope: &Scope, id: ConversationId, anchor: Anchor, limit: u32) -> Result<MessagePage> {
        let limit = limits::list_limit(limit)?;
        self.context.ports.store.messages().window(scope, id, anchor, limit).await?.ok_or_else(not_found)
    }

    /// Reads a message with at most `reach` messages before and after it.
    #[tracing::instrument(name = "conversations.message", target = "jarvis", skip_all)]
    pub async fn message(&self, scope: &Scope, id: MessageId, reach: u32) -> Result<(Message, MessagePage)> {
        if reach > MAX_REACH {
            return Err(Error::invalid("reach", format!("reach must be at most {MAX_REACH}")));
        }
        let gone = || Error::not_found("message");
        let store = self.context.ports.store.messages();
        let message = store.get(scope, id).await?.ok_or_else(gone)?;
        let anchor = Anchor::Around(id);
        let page = store.window(scope, message.conversation_id, anchor, 2 * reach + 1).await?.ok_or_else(gone)?;
        Ok((message, page))
    }

    /// Reads the last `limit` turns of the branch that ends with `leaf`, oldest first.
    #[tracing::instrument(name = "conversations.branch", target = "jarvis", skip_all)]
    pub async fn branch(&self, scope: &Scope, id: ConversationId, leaf: MessageId, limit: u32) -> Result<MessagePage> {
        let store = self.context.ports.store.messages();
        let messages = store.branch(scope, leaf, limits::list_limit(limit)?).await?;
        if messages.last().is_none_or(|last| last.conversation_id != id) {
            return Err(Error::not_found("message"));
        }
        let newest = MessageQuery { before: None, since: None, limit: 1 };
        let page = store.page(scope, id, &newest).await?.ok_or_else(not_found)?;
        let has_more = messages.first().is_some_and(|first| first.parent_id.is_some());
        let has_newer = page.latest != Some(leaf);
        Ok(MessagePage { messages, has_more, has_newer, ..page })
    }

    /// The branches of a conversation, each by its last turn: that which the next turn would follow first, then the newest
    /// first. They are cut at 1 000.
    #[tracing::instrument(name = "conversations.branches", target = "jarvis", skip_all)]
    pub async fn branches(&self, scope: &Scope, id: ConversationId) -> Result<Vec<Branch>> {
        self.get(scope, id).await?;
        Ok(branches::of(&self.context.ports.store.owned().turns(scope, id).await?))
    }

    /// Renames, archives, bins, restores, annotates.
    #[tracing::instrument(name = "conversations.update", target = "jarvis", skip_all)]
    pub async fn update(&self, scope: Scope, id: ConversationId, patch: ConversationPatch) -> Result<Conversation> {
        if let Some(title) = &patch.title {
            limits::required_text("title", title, MAX_NAME_CHARS * 4)?;
            limits::bounded_chars("title", title, MAX_NAME_CHARS)?;
        }
        limits::bounded_chars(
            "summary",
            patch.summary.as_ref().and_then(Option::as_deref).unwrap_or_default(),
            MAX_TEXT_CHARS,
        )?;
        limits::metadata(patch.metadata.as_ref().and_then(Option::as_ref))?;
        let allowance = self.context.allowance(&scope).await?;
        let now = self.context.now();
        self.context
            .write_and_tell(
                scope,
                move |tx| {
                    Box::pin(async move {
                        let changed = tx.conversations().update(&scope, id, patch, now).await?;
                        allowance.check(tx, &scope).await?;
                        Ok(changed)
                    })
                },
                move |found| found.is_some().then_some(LiveChange::ConversationUpdated { conversation_id: id }),
            )
            .await?
            .ok_or_else(not_found)
    }

    /// Removes a conversation for good, with everything derived from it alone.
    #[tracing::instrument(name = "conversations.erase", target = "jarvis", skip_all)]
    pub async fn erase(&self, scope: Scope, id: ConversationId) -> Result<EraseReceipt> {
        let act = Act::new(&self.context, &Actor::user(scope), "conversation.erase", id)?;
        let told = move |_: &EraseReceipt| [LiveChange::ConversationErased { conversation_id: id }];
        let receipt = self
            .context
            .write_and_tell(
                scope,
                move |tx| {
                    Box::pin(async move {
                        let erased = tx.conversations().erase(&scope, id).await?.ok_or_else(not_found)?;
                        let memories = erased.memories.len() as u64;
                        let detail = serde_json::json!({ "messages": erased.messages, "memories": memories });
                        act.before(&detail)?.record(tx).await?;
                        Ok(EraseReceipt { conversation_id: id, messages: erased.messages, memories })
                    })
                },
                told,
            )
            .await?;
        // an answer that was being given there has no place any more, and nobody may read on in one that was given
        self.context.registry.forget(&scope, id);
        Ok(receipt)
    }
}

fn not_found() -> Error {
    Error::not_found("conversation")
}
