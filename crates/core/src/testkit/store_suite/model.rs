//! Random operations on a store and on a model of plain maps: both agree at every step, and every store answers the same.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    world::{World, at},
    write,
};
use crate::{
    Error, Result, Scope,
    id::{ConversationId, MemoryId, MessageId},
    ports::Store,
    types::{
        Anchor, ConversationPatch, ConversationQuery, ConversationStatus, IndexChange, MemoryQuery, MessageQuery,
        NewMemory, NewMessage, Role,
    },
};

/// One operation as random numbers: which, and two that choose what it is done to.
pub type Step = (u8, u64, u64);

const STATUSES: [ConversationStatus; 3] =
    [ConversationStatus::Open, ConversationStatus::Archived, ConversationStatus::Deleted];

/// What a store must hold after some operations of one person.
#[derive(Debug)]
pub struct StoreModel {
    scope: Scope,
    conversations: BTreeMap<ConversationId, (ConversationStatus, u64)>,
    messages: BTreeMap<MessageId, ConversationId>,
    memories: BTreeMap<MemoryId, Vec<MessageId>>,
    tokens: u64,
}

impl StoreModel {
    /// Does the operations with an empty store; panics where the store does not do what the model does.
    pub async fn follow(store: &dyn Store, steps: &[Step]) -> Result<Self> {
        let world = World::new(store);
        let scope = world.user("ada").await?;
        let first = world.conversation(scope, "", 0).await?.id;
        let mut model = Self {
            scope,
            conversations: BTreeMap::from([(first, (ConversationStatus::Open, 0))]),
            messages: BTreeMap::new(),
            memories: BTreeMap::new(),
            tokens: 0,
        };
        for (number, step) in steps.iter().enumerate() {
            model.apply(&world, *step, number as u64 + 1).await?;
        }
        Ok(model)
    }

    /// Asserts that the store holds what the model holds, and that whoever follows its changes does too.
    pub async fn agree(&self, store: &dyn Store) -> Result<()> {
        let stats = store.stats().user(&self.scope).await?;
        let counted = (stats.conversations, stats.messages, stats.memories, stats.tokens);
        let (conversations, messages) = (self.conversations.len() as u64, self.messages.len() as u64);
        assert_eq!(counted, (conversations, messages, self.memories.len() as u64, self.tokens));
        let totals = store.stats().totals(&Scope::system()).await?;
        assert_eq!((totals.conversations, totals.messages, totals.memories), (conversations, messages, counted.2));
        for (id, (status, count)) in &self.conversations {
            let head = store.conversations().get(&self.scope, *id).await?;
            assert_eq!(head.map(|head| (head.status, head.message_count)), Some((*status, *count)));
        }
        for (id, sources) in &self.memories {
            let memory = store.memories().get(&self.scope, *id).await?;
            assert_eq!(memory.map(|memory| memory.source_message_ids), Some(sources.clone()));
        }
        assert_eq!(indexed(store).await?, self.indexed());
        Ok(())
    }

    async fn apply(&mut self, world: &World<'_>, (kind, one, other): Step, second: u64) -> Result<()> {
        let store = world.store;
        match kind % 19 {
            0..2 => {
                let id = world.conversation(self.scope, "t", second).await?.id;
                self.conversations.insert(id, (ConversationStatus::Open, 0));
            }
            2..8 => self.say(world, one, other, second).await?,
            8..10 => self.say_many(world, one, other, second).await?,
            10 => {
                let Some(id) = pick(&self.messages, one) else { return Ok(()) };
                let twin = NewMessage::text(id, self.messages[&id], Role::User, "twin", at(second));
                assert!(world.append(self.scope, twin).await.is_err(), "an id is used once");
            }
            11..14 => {
                let Some(id) = pick(&self.conversations, one) else { return Ok(()) };
                let (scope, status) = (self.scope, STATUSES[other as usize % STATUSES.len()]);
                let patch = ConversationPatch { status: Some(status), ..ConversationPatch::default() };
                write!(store, tx => tx.conversations().update(&scope, id, patch, at(second)).await)?;
                self.conversations.entry(id).and_modify(|head| head.0 = status);
            }
            14 => {
                let (Some(id), scope) = (pick(&self.conversations, one), self.scope) else { return Ok(()) };
                write!(store, tx => tx.conversations().erase(&scope, id).await)?;
                self.erase(id);
            }
            15..18 => self.remember(world, one, other, second).await?,
            _ => {
                let (Some(id), scope) = (pick(&self.memories, one), self.scope) else { return Ok(()) };
                write!(store, tx => tx.memories().delete(&scope, id).await)?;
                self.memories.remove(&id);
            }
        }
        Ok(())
    }

    async fn say(&mut self, world: &World<'_>, one: u64, other: u64, second: u64) -> Result<()> {
        let Some(talk) = pick(&self.conversations, one) else { return Ok(()) };
        let tokens = (other % 100) as u32;
        let mut new = NewMessage::text(world.id(), talk, Role::User, "x", at(second));
        new.tokens = Some(tokens);
        let id = new.id;
        let outcome = world.append(self.scope, new).await;
        assert_eq!(outcome.is_ok(), self.is_open(talk), "the bin takes nothing");
        if outcome.is_ok() {
            self.said(id, talk, tokens);
        }
        Ok(())
    }

    async fn say_many(&mut self, world: &World<'_>, one: u64, other: u64, second: u64) -> Result<()> {
        let (Some(talk), scope) = (pick(&self.conversations, one), self.scope) else { return Ok(()) };
        let new = |_| NewMessage::text(world.id(), talk, Role::Assistant, "y", at(second));
        let batch: Vec<NewMessage> = (0..other % 5).map(new).collect();
        let ids: Vec<MessageId> = batch.iter().map(|message| message.id).collect();
        let store = world.store;
        let outcome = write!(store, tx => tx.messages().append_all(&scope, batch).await);
        assert_eq!(outcome.is_ok(), ids.is_empty() || self.is_open(talk), "all or none");
        if outcome.is_ok() {
            for id in ids {
                self.said(id, talk, 0);
            }
        }
        Ok(())
    }

    async fn remember(&mut self, world: &World<'_>, one: u64, other: u64, second: u64) -> Result<()> {
        let mut sources: Vec<MessageId> = [one, other].into_iter().filter_map(|n| pick(&self.messages, n)).collect();
        sources.dedup();
        let memory = NewMemory { created_at: at(second), ..world.memory("m", &sources) };
        let id = memory.id;
        world.remember(self.scope, memory).await?;
        self.memories.insert(id, sources);
        Ok(())
    }

    fn is_open(&self, conversation: ConversationId) -> bool {
        self.conversations[&conversation].0 != ConversationStatus::Deleted
    }

    fn said(&mut self, message: MessageId, conversation: ConversationId, tokens: u32) {
        self.messages.insert(message, conversation);
        self.tokens += u64::from(tokens);
        self.conversations.entry(conversation).and_modify(|head| head.1 += 1);
    }

    fn erase(&mut self, conversation: ConversationId) {
        self.conversations.remove(&conversation);
        let messages = &self.messages;
        self.memories.retain(|_, sources| {
            let before = sources.len();
            sources.retain(|source| messages[source] != conversation);
            before == 0 || !sources.is_empty()
        });
        self.messages.retain(|_, of| *of != conversation);
    }

    /// What an index that applied every change would hold.
    fn indexed(&self) -> usize {
        self.messages.values().filter(|conversation| self.is_open(**conversation)).count() + self.memories.len()
    }

    /// What the store answers to most questions, as text: the same from every store.
    async fn answers(&self, store: &dyn Store) -> Result<String> {
        let (scope, mut text) = (self.scope, String::new());
        let mut note = |answer: &dyn std::fmt::Debug| std::writeln!(text, "{answer:?}").map_err(Error::internal);
        note(&store.stats().user(&scope).await?)?;
        for status in STATUSES {
            for title_contains in [None, Some("T".to_owned())] {
                let query = ConversationQuery { status, session_id: None, title_contains, limit: 3, after: None };
                let page = store.conversations().list(&scope, &query).await?;
                let after = page.next;
                note(&page)?;
                note(&store.conversations().list(&scope, &ConversationQuery { after, ..query }).await?)?;
            }
        }
        for id in self.conversations.keys() {
            let query = MessageQuery { before: None, since: None, limit: 2 };
            note(&store.messages().page(&scope, *id, &query).await?)?;
            note(&store.owned().messages(&scope, *id, 0, 100).await?)?;
        }
        let ids: Vec<MessageId> = self.messages.keys().copied().collect();
        note(&store.messages().hydrate(&scope, &ids).await?)?;
        note(&store.messages().around(&scope, &ids, 1).await?)?;
        for (id, conversation) in &self.messages {
            note(&store.messages().branch(&scope, *id, 4).await?)?;
            note(&store.messages().window(&scope, *conversation, Anchor::Around(*id), 3).await?)?;
            note(&store.messages().answer_to(&scope, *id).await?)?;
        }
        let query = MemoryQuery {
            kind: None,
            category: None,
            pinned: None,
            expired: true,
            superseded: true,
            now: at(0),
            limit: 100,
            after: None,
        };
        note(&store.memories().list(&scope, &query).await?)?;
        note(&store.owned().memories(&scope, None, 100).await?)?;
        let changes = store.outbox().after(&Scope::system(), 0, 10_000).await?;
        note(&changes.into_iter().map(|entry| entry.change).collect::<Vec<_>>())?;
        Ok(text)
    }
}

fn pick<K: Copy + Ord, V>(from: &BTreeMap<K, V>, number: u64) -> Option<K> {
    let count = from.len() as u64;
    from.keys().nth(number.checked_rem(count)? as usize).copied()
}

/// What an index holds that applies every change from the beginning; a rebuild holds the same.
async fn indexed(store: &dyn Store) -> Result<usize> {
    let mut index = BTreeMap::new();
    for change in store.outbox().after(&Scope::system(), 0, 10_000).await? {
        match change.change {
            IndexChange::Upsert(document) => {
                index.insert(document.doc, document.conversation_id);
            }
            IndexChange::Delete(doc) => {
                index.remove(&doc);
            }
            IndexChange::DeleteConversation(gone) => index.retain(|_, of| *of != Some(gone)),
        }
    }
    let rebuilt = store.outbox().snapshot(&Scope::system(), None, 10_000).await?;
    assert_eq!(rebuilt.len(), index.len(), "a rebuild holds what following holds");
    Ok(index.len())
}

/// Does operations that are the same everywhere with an empty store; answers a number that stands for all it then says.
async fn fingerprint(store: &dyn Store, seed: u64) -> Result<u64> {
    let mut state = seed;
    let mut next = || {
        // the constants of Knuth's MMIX
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let steps: Vec<Step> = (0..60).map(|_| (next() as u8, next(), next())).collect();
    let model = StoreModel::follow(store, &steps).await?;
    model.agree(store).await?;
    let answers = model.answers(store).await?;
    // FNV-1a
    Ok(answers.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)))
}

/// Asserts that a store answers what every store answers, after operations that are the same everywhere. `open` makes an
/// empty one.
pub async fn same_answers<F, Fut>(open: F) -> Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = std::sync::Arc<dyn Store>>,
{
    let mut found = Vec::new();
    for (seed, _) in ANSWERS {
        found.push((seed, fingerprint(&*open().await, seed).await?));
    }
    assert_eq!(found, ANSWERS, "another store answers otherwise, or the operations have changed");
    Ok(())
}

/// What every store answers, by the seed of the operations.
const ANSWERS: [(u64, u64); 3] =
    [(1, 11_961_719_541_735_937_651), (2, 8_392_515_483_943_332_104), (3, 9_650_172_296_068_725_035)];
