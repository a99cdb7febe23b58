use std::time::Duration;

use super::{
    checks,
    world::{World, at, forbidden, present, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope, Timestamp,
    ports::{Store, store::IndexPosition},
    types::{
        Conversation, ConversationPatch, ConversationStatus, DocKind, DocRef, IndexChange, IndexDocument, MemoryPatch,
        Message, OutboxEntry, OutboxSeq, Role,
    },
};

checks![
    tells_what_came_in_order,
    tells_what_is_there_now,
    bin_and_back,
    erasing_removes_conversation_and_memories,
    answers_of_the_recall_model_are_not_recallable,
    has_no_holes,
    forgets_what_every_index_passed,
    bounds_outlive_the_entries,
    snapshot_holds_every_indexed_row,
    is_for_the_system,
];

async fn after(store: &dyn Store, position: OutboxSeq) -> Result<Vec<OutboxEntry>> {
    store.outbox().after(&Scope::system(), position, 100).await
}

async fn changes(store: &dyn Store, position: OutboxSeq) -> Result<Vec<IndexChange>> {
    Ok(after(store, position).await?.into_iter().map(|entry| entry.change).collect())
}

async fn newest(store: &dyn Store) -> Result<OutboxSeq> {
    Ok(store.outbox().bounds(&Scope::system()).await?.1)
}

fn document(scope: Scope, message: &Message) -> IndexDocument {
    IndexDocument {
        doc: message.id.into(),
        user_id: scope.user(),
        conversation_id: Some(message.conversation_id),
        role: Some(message.role),
        recallable: true,
        created_at: message.created_at,
        text: message.content.clone(),
    }
}

fn upsert(scope: Scope, message: &Message) -> IndexChange {
    IndexChange::Upsert(document(scope, message))
}

async fn set_status(
    store: &dyn Store,
    scope: Scope,
    conversation: &Conversation,
    status: ConversationStatus,
) -> Result<()> {
    let id = conversation.id;
    let patch = ConversationPatch { status: Some(status), ..ConversationPatch::default() };
    present(write!(store, tx => tx.conversations().update(&scope, id, patch, at(30)).await)?).map(drop)
}

async fn tells_what_came_in_order(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    assert_eq!(store.outbox().bounds(&Scope::system()).await?, (1, 0), "nothing was ever written");
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let (one, two) = (world.say(ada, &conversation, "one").await?, world.say(ada, &conversation, "two").await?);
    let memory = world.remember(ada, world.memory("likes tea", &[one.id])).await?;
    let remembered = IndexChange::Upsert(IndexDocument {
        doc: memory.id.into(),
        user_id: ada.user(),
        conversation_id: None,
        role: None,
        recallable: true,
        created_at: memory.created_at,
        text: memory.content,
    });
    let expected = [upsert(ada, &one), upsert(ada, &two), remembered];
    let entries = after(store, 0).await?;
    assert!(entries.is_sorted_by(|one, next| one.seq < next.seq), "{entries:?}");
    assert_eq!(changes(store, 0).await?, expected);
    assert_eq!(changes(store, entries[1].seq).await?, expected[2..]);
    assert_eq!(store.outbox().after(&Scope::system(), 0, 2).await?, entries[..2]);
    let newest = entries[2].seq;
    assert_eq!(store.outbox().bounds(&Scope::system()).await?, (1, newest));
    for (position, left) in [(0, 3), (entries[1].seq, 1), (newest, 0), (newest + 6, 0)] {
        assert_eq!(store.outbox().outstanding(&Scope::system(), position).await?, left);
    }
    Ok(())
}

async fn tells_what_is_there_now(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let memory = world.remember(ada, world.memory("likes tea", &[])).await?;
    let id = memory.id;
    let patch = MemoryPatch { content: Some("likes coffee".into()), ..MemoryPatch::default() };
    write!(store, tx => tx.memories().update(&ada, id, patch, at(30)).await)?;
    for change in changes(store, 0).await? {
        assert!(matches!(&change, IndexChange::Upsert(now) if now.text == "likes coffee"), "{change:?}");
    }
    let before = newest(store).await?;
    write!(store, tx => tx.memories().touch(&ada, &[id], at(31)).await)?;
    assert_eq!(newest(store).await?, before, "a use changes no text");
    write!(store, tx => tx.memories().delete(&ada, id).await)?;
    let now = changes(store, 0).await?;
    assert!(now.iter().all(|change| *change == IndexChange::Delete(id.into())), "{now:?}");
    assert_eq!(changes(store, before).await?.len(), 1);
    Ok(())
}

async fn bin_and_back(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let (one, two) = (world.say(ada, &conversation, "one").await?, world.say(ada, &conversation, "two").await?);
    let position = newest(store).await?;

    set_status(store, ada, &conversation, ConversationStatus::Archived).await?;
    assert_eq!(newest(store).await?, position, "what is archived is still searched");
    set_status(store, ada, &conversation, ConversationStatus::Deleted).await?;
    assert_eq!(changes(store, position).await?, [IndexChange::DeleteConversation(conversation.id)]);
    assert_eq!(changes(store, 0).await?[..2], [one.id, two.id].map(|id| IndexChange::Delete(id.into())));

    let position = newest(store).await?;
    set_status(store, ada, &conversation, ConversationStatus::Open).await?;
    assert_eq!(changes(store, position).await?, [upsert(ada, &one), upsert(ada, &two)]);
    assert_eq!(after(store, position).await?.last().map(|entry| entry.seq), Some(newest(store).await?));
    Ok(())
}

async fn erasing_removes_conversation_and_memories(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let turn = world.say(ada, &conversation, "one").await?;
    let memory = world.remember(ada, world.memory("likes tea", &[turn.id])).await?;
    let position = newest(store).await?;
    let id = conversation.id;
    write!(store, tx => tx.conversations().erase(&ada, id).await)?;
    let expected = [IndexChange::DeleteConversation(id), IndexChange::Delete(memory.id.into())];
    assert_eq!(changes(store, position).await?, expected);
    let before = changes(store, 0).await?;
    assert!(before.iter().all(|change| !matches!(change, IndexChange::Upsert(_))), "{before:?}");
    Ok(())
}

async fn answers_of_the_recall_model_are_not_recallable(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let mut recallable = Vec::new();
    for (role, model) in [
        (Role::Assistant, Some("recall")),
        (Role::Assistant, Some("other")),
        (Role::Assistant, None),
        (Role::User, Some("recall")),
    ] {
        let mut message = world.message(&conversation, role, "x", 2);
        message.model = model.map(str::to_owned);
        world.append(ada, message).await?;
    }
    for entries in [after(store, 0).await?, store.outbox().snapshot(&Scope::system(), None, 10).await?] {
        recallable.clear();
        for entry in entries {
            if let IndexChange::Upsert(document) = entry.change {
                recallable.push(document.recallable);
            }
        }
        assert_eq!(recallable, [false, true, true, true]);
    }
    Ok(())
}

async fn has_no_holes(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    world.say(ada, &conversation, "kept").await?;
    let lost = world.message(&conversation, Role::User, "lost", 2);
    let outcome: Result<()> = write!(store, tx => {
        tx.messages().append(&ada, lost).await?;
        Err(ErrorKind::Conflict.error("changed my mind"))
    });
    refused(outcome, ErrorKind::Conflict);
    world.say(ada, &conversation, "kept too").await?;
    let entries = after(store, 0).await?;
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(after(store, entries[0].seq).await?, entries[1..]);
    Ok(())
}

async fn note(store: &dyn Store, node: &str, position: OutboxSeq, at: Timestamp) -> Result<u64> {
    let position = IndexPosition { node: node.to_owned(), index: "text", position, at };
    write!(store, tx => tx.outbox().advance(&Scope::system(), position).await)
}

async fn forgets_what_every_index_passed(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    for text in ["1", "2", "3", "4"] {
        world.say(ada, &conversation, text).await?;
    }
    let seqs: Vec<OutboxSeq> = after(store, 0).await?.iter().map(|entry| entry.seq).collect();
    assert_eq!(note(store, "slow", seqs[0], at(100)).await?, 1);
    assert_eq!(note(store, "fast", seqs[2], at(100)).await?, 0, "the slow one still needs them");
    let (oldest, last) = store.outbox().bounds(&Scope::system()).await?;
    assert!((seqs[0] + 1..=seqs[1]).contains(&oldest), "one that stands where the slow one does has missed nothing");
    assert_eq!(last, seqs[3]);
    let next_day = at(101).plus(Duration::from_hours(24));
    assert_eq!(note(store, "fast", seqs[2], next_day).await?, 2, "the slow one was not heard of for a day");
    let (oldest, last) = store.outbox().bounds(&Scope::system()).await?;
    assert!((seqs[2] + 1..=seqs[3]).contains(&oldest), "one that stands where the slow one does must be rebuilt");
    assert_eq!(last, seqs[3]);
    assert_eq!(after(store, 0).await?.len(), 1);
    Ok(())
}

async fn bounds_outlive_the_entries(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    world.say(ada, &conversation, "1").await?;
    let first = newest(store).await?;
    assert_eq!(note(store, "node", first, at(100)).await?, 1);
    assert_eq!(store.outbox().bounds(&Scope::system()).await?, (first + 1, first));
    world.say(ada, &conversation, "2").await?;
    let entries = after(store, 0).await?;
    assert!(entries.len() == 1 && entries[0].seq > first, "numbers are never used twice: {entries:?}");
    Ok(())
}

async fn snapshot_holds_every_indexed_row(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (kept, binned) = (world.conversation(ada, "kept", 1).await?, world.conversation(ada, "bin", 1).await?);
    let one = world.say(ada, &kept, "one").await?;
    world.say(ada, &binned, "hidden").await?;
    let memory = world.remember(ada, world.memory("likes tea", &[])).await?;
    let two = world.say(ada, &kept, "two").await?;
    set_status(store, ada, &binned, ConversationStatus::Deleted).await?;

    let (mut found, mut last) = (Vec::new(), None);
    loop {
        let entries = store.outbox().snapshot(&Scope::system(), last, 1).await?;
        let Some(OutboxEntry { seq, change: IndexChange::Upsert(document) }) = entries.first() else { break };
        assert_eq!((entries.len(), *seq), (1, 0));
        last = Some(document.doc);
        found.push(document.clone());
    }
    assert_eq!(found[..2], [document(ada, &one), document(ada, &two)]);
    assert_eq!(found[2].doc, DocRef { kind: DocKind::Memory, id: *memory.id.as_uuid() });
    assert_eq!(found.len(), 3);
    assert_eq!(store.outbox().snapshot(&Scope::system(), None, 10).await?.len(), 3);
    Ok(())
}

async fn is_for_the_system(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    forbidden(store.outbox().after(&ada, 0, 1).await);
    forbidden(store.outbox().bounds(&ada).await);
    forbidden(store.outbox().outstanding(&ada, 0).await);
    forbidden(store.outbox().snapshot(&ada, None, 1).await);
    let position = IndexPosition { node: "n".into(), index: "text", position: 1, at: at(1) };
    forbidden(write!(store, tx => tx.outbox().advance(&ada, position).await));
    Ok(())
}
