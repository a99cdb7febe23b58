//! One unit of work: the lines of a batch become rows, in their order.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use jarvis_core::{
    Result, Scope, Timestamp,
    id::{ConversationId, MessageId, SessionId},
    policy::title,
    ports::{Ids, Tx},
    text::estimate_tokens,
    types::{
        Conversation, ConversationPatch, ConversationStatus, Follows, ForeignId, ForeignKind, LiveChange,
        MessageStatus, NewMessage, Role, Session, SessionStatus,
    },
};
use uuid::Uuid;

use super::{
    batch::Entry,
    item::{ConversationItem, Follow, Item, MessageItem, Reason, SessionItem},
    keys::{message_key, with_origin},
    origin::Origin,
    report::Outcome,
};

/// A unit at work.
pub(super) struct Storing<'t> {
    pub(super) tx: &'t dyn Tx,
    pub(super) scope: Scope,
    /// Where all of it comes from: foreign ids are of their source.
    pub(super) source: &'static str,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) now: Timestamp,
    /// Conversations that were looked up or made, by foreign id.
    heads: HashMap<String, Option<Head>>,
    /// Messages that are there, by their key.
    known: HashMap<String, MessageId>,
    new: Vec<NewMessage>,
    /// The new ones that other programs made first.
    origins: HashSet<ForeignId>,
    titles: Vec<(ConversationId, String)>,
    pub(super) outcome: Outcome,
}

#[derive(Clone)]
struct Head {
    id: ConversationId,
    origin: Option<Origin>,
    is_in_bin: bool,
    is_untitled: bool,
}

/// What became of a line.
pub(super) enum Fate {
    Imported,
    Existing,
    Refused(Reason),
}

impl<'t> Storing<'t> {
    pub(super) fn new(tx: &'t dyn Tx, scope: Scope, source: &'static str, ids: Arc<dyn Ids>, now: Timestamp) -> Self {
        Self {
            tx,
            scope,
            source,
            ids,
            now,
            heads: HashMap::new(),
            known: HashMap::new(),
            new: Vec::new(),
            origins: HashSet::new(),
            titles: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    /// Stores all that can be stored. An error is the store's, and leaves nothing.
    pub(super) async fn run(mut self, mut entries: VecDeque<Entry>) -> Result<Outcome> {
        self.find_messages(&entries).await?;
        while let Some(Entry { place, item, key }) = entries.pop_front() {
            let (kind, fate) = match item {
                Ok(Item::Session(item)) => (ForeignKind::Session, self.session(item).await?),
                Ok(Item::Conversation(item)) => {
                    let opening = Opening::of(&item.id, &entries);
                    (ForeignKind::Conversation, self.conversation(item, opening).await?)
                }
                Ok(Item::Message(item)) => (ForeignKind::Message, self.message(*item, key).await?),
                Ok(Item::Memory(item)) => (ForeignKind::Memory, self.memory(item).await?),
                Ok(Item::Summary(item)) => {
                    self.summary(&item).await?;
                    continue;
                }
                Ok(Item::End(_)) => continue,
                Err(reason) => {
                    self.outcome.skip(place, reason);
                    continue;
                }
            };
            match fate {
                Fate::Imported => self.outcome.imported.count(kind),
                Fate::Existing => self.outcome.existing.count(kind),
                Fate::Refused(reason) => self.outcome.skip(place, reason),
            }
        }
        self.store_messages().await?;
        self.give_titles().await?;
        Ok(self.outcome)
    }

    /// Stores the messages that wait for it, before something refers to them.
    pub(super) async fn store_messages(&mut self) -> Result<()> {
        self.origins.clear();
        self.tx.restore().messages(&self.scope, std::mem::take(&mut self.new)).await.map(drop)
    }

    /// Looks up at once which messages of the batch are there, and those they answer.
    async fn find_messages(&mut self, entries: &VecDeque<Entry>) -> Result<()> {
        let (mut keys, mut ids) = (Vec::new(), Vec::new());
        for entry in entries {
            let Ok(Item::Message(item)) = &entry.item else { continue };
            keys.push(entry.key.clone());
            ids.push(item.id.as_deref().unwrap_or_default());
            if let Follow::Message(parent) = &item.follow {
                keys.push(message_key(&item.conversation_id, parent));
                ids.push(parent);
            }
        }
        let found = self.find_messages_by(&keys, ids.into_iter()).await?;
        self.known = keys.into_iter().zip(found).filter_map(|(key, id)| Some((key, id?))).collect();
        Ok(())
    }

    /// The messages with these keys, whose ids in the file are `ids`.
    pub(super) async fn find_messages_by<'i>(
        &self,
        keys: &[String],
        ids: impl Iterator<Item = &'i str> + Send,
    ) -> Result<Vec<Option<MessageId>>> {
        let found = self.tx.foreign_ids().find(&self.scope, ForeignKind::Message, self.source, keys).await?;
        let mut messages = Vec::with_capacity(found.len());
        for (known, id) in found.into_iter().zip(ids) {
            let known = match known {
                Some(known) => Some(known),
                None => self.own(ForeignKind::Message, id).await?,
            };
            messages.push(known.map(MessageId::from));
        }
        Ok(messages)
    }

    pub(super) async fn find(&self, kind: ForeignKind, id: &str) -> Result<Option<Uuid>> {
        let found = self.tx.foreign_ids().find(&self.scope, kind, self.source, &[id.to_owned()]).await?;
        match found.into_iter().next().flatten() {
            Some(found) => Ok(Some(found)),
            None => self.own(kind, id).await,
        }
    }

    pub(super) async fn note(&self, kind: ForeignKind, id: String, made: Uuid) -> Result<()> {
        let foreign = ForeignId { source: self.source.to_owned(), id };
        self.tx.foreign_ids().note(&self.scope, kind, foreign, made).await
    }

    async fn session(&self, item: SessionItem) -> Result<Fate> {
        if self.find(ForeignKind::Session, &item.id).await?.is_some() {
            return Ok(Fate::Existing);
        }
        let origin = Origin::of(self.source, item.metadata.as_ref());
        if let Some(same) = self.find_origin(ForeignKind::Session, origin.as_ref()).await? {
            self.note(ForeignKind::Session, item.id, same).await?;
            return Ok(Fate::Existing);
        }
        let id = SessionId::new(&*self.ids);
        let created_at = item.created_at.unwrap_or(self.now);
        let session = Session {
            id,
            name: item.name,
            role: item.role,
            goals: item.goals,
            template: item.template,
            status: item.past.status.unwrap_or(SessionStatus::Active),
            metadata: with_origin(item.metadata.as_ref(), self.source, Some(&item.id))?,
            created_at,
            updated_at: item.past.updated_at.unwrap_or(created_at),
        };
        self.tx.restore().session(&self.scope, session).await?;
        self.note(ForeignKind::Session, item.id, *id.as_uuid()).await?;
        self.note_origin(ForeignKind::Session, origin, *id.as_uuid()).await?;
        Ok(Fate::Imported)
    }

    async fn conversation(&mut self, item: ConversationItem, opening: Option<Opening>) -> Result<Fate> {
        if self.head(&item.id).await?.is_some() {
            return Ok(Fate::Existing);
        }
        let origin = Origin::of(self.source, item.metadata.as_ref());
        if let Some(same) = self.find_origin(ForeignKind::Conversation, origin.as_ref()).await? {
            self.note(ForeignKind::Conversation, item.id.clone(), same).await?;
            self.heads.remove(&item.id);
            return Ok(Fate::Existing);
        }
        let session_id = match &item.session_id {
            Some(session) => self.find(ForeignKind::Session, session).await?.map(SessionId::from),
            None => None,
        };
        let (at, title) = opening.map_or((self.now, String::new()), |opening| (opening.at, opening.title));
        let id = ConversationId::new(&*self.ids);
        let title = item.title.unwrap_or(title);
        let is_untitled = title.is_empty();
        let metadata = with_origin(item.metadata.as_ref(), self.source, Some(&item.id))?;
        let created_at = item.created_at.unwrap_or(at);
        let past = item.past;
        let status = past.status.unwrap_or(ConversationStatus::Open);
        let conversation = Conversation {
            id,
            user_id: self.scope.user(),
            session_id,
            title,
            summary: past.summary,
            summary_until: None,
            status,
            message_count: 0,
            metadata,
            created_at,
            updated_at: past.updated_at.unwrap_or(created_at),
            active_at: past.active_at.unwrap_or(created_at),
        };
        self.tx.restore().conversation(&self.scope, conversation).await?;
        self.note(ForeignKind::Conversation, item.id.clone(), *id.as_uuid()).await?;
        self.note_origin(ForeignKind::Conversation, origin.clone(), *id.as_uuid()).await?;
        let is_in_bin = status == ConversationStatus::Deleted;
        self.heads.insert(item.id, Some(Head { id, origin, is_in_bin, is_untitled }));
        self.outcome.change(LiveChange::ConversationUpdated { conversation_id: id });
        Ok(Fate::Imported)
    }

    /// The conversation that was made of a foreign one.
    async fn head(&mut self, foreign: &str) -> Result<Option<Head>> {
        if let Some(head) = self.heads.get(foreign) {
            return Ok(head.clone());
        }
        let found = match self.find(ForeignKind::Conversation, foreign).await? {
            Some(id) => self.tx.conversations().get(&self.scope, id.into()).await?,
            None => None,
        };
        let head = found.map(|row| Head {
            id: row.id,
            origin: Origin::of(self.source, row.metadata.as_ref()),
            is_in_bin: row.status == ConversationStatus::Deleted,
            is_untitled: row.title.is_empty(),
        });
        self.heads.insert(foreign.to_owned(), head.clone());
        Ok(head)
    }

    async fn message(&mut self, item: MessageItem, key: String) -> Result<Fate> {
        let Some(head) = self.head(&item.conversation_id).await? else {
            return Ok(Fate::Refused("conversation_id: no conversation with this id came before this line".into()));
        };
        if let Some(known) = self.known.get(&key) {
            return self.compare(*known, &item).await;
        }
        let origin = Origin::of_message(self.source, item.metadata.as_ref(), head.origin.as_ref());
        if let Some(same) = self.find_origin(ForeignKind::Message, origin.as_ref()).await? {
            self.known.insert(key, same.into());
            return Ok(Fate::Existing);
        }
        // a message has one foreign id: the one by which the program that made it knows it
        let foreign_id = origin.and_then(Origin::into_foreign);
        if foreign_id.as_ref().is_some_and(|id| !self.origins.insert(id.clone())) {
            return Ok(Fate::Existing);
        }
        let foreign_id = foreign_id.unwrap_or_else(|| ForeignId { source: self.source.to_owned(), id: key.clone() });
        if head.is_in_bin && !item.past.in_bin {
            return Ok(Fate::Refused("its conversation is in the bin; restore it, then import again".into()));
        }
        let id = MessageId::new(&*self.ids);
        if head.is_untitled && item.role == Role::User {
            self.titles.push((head.id, title::from_first_turn(&item.content)));
            self.heads.insert(item.conversation_id.clone(), Some(Head { is_untitled: false, ..head.clone() }));
        }
        let follows = match &item.follow {
            Follow::Latest => Follows::Latest,
            Follow::Nothing => Follows::Nothing,
            Follow::Message(parent) => {
                let parent = self.known.get(&message_key(&item.conversation_id, parent));
                parent.map_or(Follows::Latest, |parent| Follows::Message(*parent))
            }
        };
        self.new.push(NewMessage {
            id,
            conversation_id: head.id,
            follows,
            role: item.role,
            author: item.author,
            parts: item.parts,
            tokens: Some(item.tokens.unwrap_or_else(|| estimate_tokens(&item.content))),
            model: item.model,
            status: item.past.status.unwrap_or(MessageStatus::Complete),
            recall_score: item.past.recall_score,
            metadata: with_origin(item.metadata.as_ref(), self.source, item.id.as_deref())?,
            foreign_id: Some(foreign_id),
            ..NewMessage::text(id, head.id, item.role, item.content, item.created_at.unwrap_or(self.now))
        });
        self.known.insert(key, id);
        self.outcome.change(LiveChange::ConversationUpdated { conversation_id: head.id });
        Ok(Fate::Imported)
    }

    /// A message without id is known by its place alone: when the file was changed, another may stand there.
    async fn compare(&self, known: MessageId, item: &MessageItem) -> Result<Fate> {
        if item.id.is_some() {
            return Ok(Fate::Existing);
        }
        let is_same = match self.tx.messages().get(&self.scope, known).await? {
            Some(row) => row.content == item.content && row.role == item.role,
            None => false,
        };
        Ok(if is_same {
            Fate::Existing
        } else {
            Fate::Refused("another message was imported at this place; delete its conversation and import again".into())
        })
    }

    /// Names conversations whose first turn came in a later batch than they did.
    async fn give_titles(&self) -> Result<()> {
        let conversations = self.tx.conversations();
        for (id, title) in &self.titles {
            let Some(head) = conversations.get(&self.scope, *id).await? else { continue };
            let patch = ConversationPatch { title: Some(title.clone()), ..ConversationPatch::default() };
            conversations.update(&self.scope, *id, patch, head.updated_at).await?;
        }
        Ok(())
    }
}

/// What the messages behind a conversation's line tell of it.
struct Opening {
    /// When the first was said.
    at: Timestamp,
    /// Of what the person said first; empty when that is not known yet.
    title: String,
}

impl Opening {
    fn of(conversation: &str, behind: &VecDeque<Entry>) -> Option<Self> {
        let mut messages = behind.iter().filter_map(|entry| match &entry.item {
            Ok(Item::Message(item)) if item.conversation_id == conversation => Some(item),
            _ => None,
        });
        let first = messages.next()?;
        let user = std::iter::once(first).chain(messages).find(|message| message.role == Role::User);
        let title = user.map(|message| title::from_first_turn(&message.content)).unwrap_or_default();
        Some(Self { at: first.created_at?, title })
    }
}
