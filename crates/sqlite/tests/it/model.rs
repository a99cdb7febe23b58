//! Random operations on the store and on a model of plain maps: both agree at every step and after a restart.

use jarvis_core::{
    Scope,
    id::{ConversationId, MemoryId, MessageId},
    ports::{Ids, Store, SystemIds},
    types::{ConversationPatch, ConversationStatus, IndexChange, MemoryKind, NewMemory},
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

use crate::support::{Place, append, conversation, message, now, someone};

#[derive(Clone, Copy, Debug)]
enum Op {
    Start,
    Say { conversation: usize, tokens: u32 },
    SayMany { conversation: usize, count: usize },
    SayTwice { message: usize },
    Move { conversation: usize, status: ConversationStatus },
    Erase { conversation: usize },
    Remember { message: usize, also: Option<usize> },
    Forget { memory: usize },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let status = prop_oneof![
        Just(ConversationStatus::Open),
        Just(ConversationStatus::Archived),
        Just(ConversationStatus::Deleted)
    ];
    let op = prop_oneof![
        2 => Just(Op::Start),
        6 => (any::<usize>(), 0..100_u32).prop_map(|(conversation, tokens)| Op::Say { conversation, tokens }),
        2 => (any::<usize>(), 0..5_usize).prop_map(|(conversation, count)| Op::SayMany { conversation, count }),
        1 => any::<usize>().prop_map(|message| Op::SayTwice { message }),
        3 => (any::<usize>(), status).prop_map(|(conversation, status)| Op::Move { conversation, status }),
        1 => any::<usize>().prop_map(|conversation| Op::Erase { conversation }),
        3 => any::<(usize, Option<usize>)>().prop_map(|(message, also)| Op::Remember { message, also }),
        1 => any::<usize>().prop_map(|memory| Op::Forget { memory }),
    ];
    prop::collection::vec(op, 1..40)
}

#[derive(Default)]
struct Model {
    conversations: BTreeMap<ConversationId, (ConversationStatus, u64)>,
    messages: BTreeMap<MessageId, ConversationId>,
    memories: BTreeMap<MemoryId, Vec<MessageId>>,
    tokens: u64,
}

impl Model {
    fn is_open(&self, conversation: ConversationId) -> bool {
        self.conversations[&conversation].0 != ConversationStatus::Deleted
    }

    fn said(&mut self, message: MessageId, conversation: ConversationId, tokens: u32) {
        self.messages.insert(message, conversation);
        self.tokens += u64::from(tokens);
        self.conversations.get_mut(&conversation).unwrap().1 += 1;
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
}

fn pick<K: Copy + Ord, V>(from: &BTreeMap<K, V>, number: usize) -> Option<K> {
    from.keys().nth(number.checked_rem(from.len())?).copied()
}

async fn apply(store: &dyn Store, scope: Scope, model: &mut Model, op: Op) {
    match op {
        Op::Start => {
            let id = conversation(store, scope, "t").await;
            model.conversations.insert(id, (ConversationStatus::Open, 0));
        }
        Op::Say { conversation, tokens } => {
            let Some(talk) = pick(&model.conversations, conversation) else { return };
            let mut new = message(talk, "x");
            new.tokens = Some(tokens);
            let id = new.id;
            let outcome = append(store, scope, new).await;
            assert_eq!(outcome.is_ok(), model.is_open(talk));
            if outcome.is_ok() {
                model.said(id, talk, tokens);
            }
        }
        Op::SayMany { conversation, count } => {
            let Some(talk) = pick(&model.conversations, conversation) else { return };
            let batch: Vec<_> = (0..count).map(|_| message(talk, "y")).collect();
            let ids: Vec<_> = batch.iter().map(|message| message.id).collect();
            let outcome =
                store.write(move |tx| Box::pin(async move { tx.messages().append_all(&scope, batch).await })).await;
            assert_eq!(outcome.is_ok(), count == 0 || model.is_open(talk));
            if outcome.is_ok() {
                for id in ids {
                    model.said(id, talk, 0);
                }
            }
        }
        Op::SayTwice { message: number } => {
            let Some(id) = pick(&model.messages, number) else { return };
            let mut twin = message(model.messages[&id], "twin");
            twin.id = id;
            assert!(append(store, scope, twin).await.is_err());
        }
        Op::Move { conversation, status } => {
            let Some(talk) = pick(&model.conversations, conversation) else { return };
            let patch = ConversationPatch { status: Some(status), ..ConversationPatch::default() };
            store
                .write(move |tx| Box::pin(async move { tx.conversations().update(&scope, talk, patch, now()).await }))
                .await
                .unwrap();
            model.conversations.get_mut(&talk).unwrap().0 = status;
        }
        Op::Erase { conversation } => {
            let Some(talk) = pick(&model.conversations, conversation) else { return };
            store.write(move |tx| Box::pin(async move { tx.conversations().erase(&scope, talk).await })).await.unwrap();
            model.erase(talk);
        }
        Op::Remember { message, also } => remember(store, scope, model, message, also).await,
        Op::Forget { memory } => {
            let Some(id) = pick(&model.memories, memory) else { return };
            store.write(move |tx| Box::pin(async move { tx.memories().delete(&scope, id).await })).await.unwrap();
            model.memories.remove(&id);
        }
    }
}

async fn remember(store: &dyn Store, scope: Scope, model: &mut Model, message: usize, also: Option<usize>) {
    let mut sources: Vec<MessageId> =
        [Some(message), also].into_iter().flatten().filter_map(|number| pick(&model.messages, number)).collect();
    sources.dedup();
    let new = NewMemory {
        id: MemoryId::from(SystemIds.next()),
        kind: MemoryKind::LongTerm,
        category: "fact".into(),
        content: "m".into(),
        importance: 0.5,
        expires_at: None,
        source_message_ids: sources.clone(),
        slot: None,
        metadata: None,
        created_at: now(),
    };
    let id = new.id;
    store.write(move |tx| Box::pin(async move { tx.memories().insert(&scope, new).await })).await.unwrap();
    model.memories.insert(id, sources);
}

async fn agree(store: &dyn Store, scope: Scope, model: &Model) {
    let stats = store.stats().user(&scope).await.unwrap();
    let counted = (stats.conversations, stats.messages, stats.memories, stats.tokens);
    let (conversations, messages) = (model.conversations.len() as u64, model.messages.len() as u64);
    assert_eq!(counted, (conversations, messages, model.memories.len() as u64, model.tokens));
    let totals = store.stats().totals(&Scope::system()).await.unwrap();
    assert_eq!((totals.conversations, totals.messages, totals.memories), (conversations, messages, counted.2));
    for (id, (status, count)) in &model.conversations {
        let head = store.conversations().get(&scope, *id).await.unwrap().unwrap();
        assert_eq!((head.status, head.message_count), (*status, *count));
    }
    for (id, sources) in &model.memories {
        assert_eq!(store.memories().get(&scope, *id).await.unwrap().unwrap().source_message_ids, *sources);
    }
}

/// What an index holds that applies every change from the beginning; applying twice is the same as once.
async fn follow(store: &dyn Store) -> usize {
    let mut index = BTreeMap::new();
    for change in store.outbox().after(&Scope::system(), 0, 10_000).await.unwrap() {
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
    let rebuilt = store.outbox().snapshot(&Scope::system(), None, 10_000).await.unwrap();
    assert_eq!(rebuilt.len(), index.len(), "a rebuild holds what following holds");
    index.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn store_and_model_agree(ops in ops()) {
        Runtime::new().unwrap().block_on(async {
            let place = Place::new();
            let store = place.open();
            let (scope, first) = someone(&*store).await;
            let mut model = Model::default();
            model.conversations.insert(first, (ConversationStatus::Open, 0));
            for op in ops {
                apply(&*store, scope, &mut model, op).await;
            }
            agree(&*store, scope, &model).await;
            assert_eq!(follow(&*store).await, model.indexed());
            store.close().await.unwrap();
            agree(&*place.open(), scope, &model).await;
        });
    }
}
