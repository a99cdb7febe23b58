use super::{
    checks,
    world::{World, at, present, refused},
    write,
};
use crate::{
    ErrorKind, Json, Result, Scope, Timestamp,
    id::{MemoryId, MessageId},
    ports::Store,
    types::{Correction, IndexChange, MemoryKind, MemoryPatch, MemoryQuery, NewMemory, Slot},
};

checks![
    are_found_and_changed,
    come_from_their_owners_turns,
    list_is_newest_first_and_filters,
    hydrate_leaves_out_what_expired,
    same_content_ignores_form,
    closed_facts_leave_lists_and_stay_readable,
    one_fact_holds_a_slot,
    corrections_follow_the_chain,
    what_was_closed_passes_to_the_successor,
    are_counted_when_used,
    are_forgotten,
    belong_to_their_owner,
];

fn home() -> Slot {
    Slot { key: "home".into(), alone: true }
}

fn query(now: Timestamp) -> MemoryQuery {
    MemoryQuery { now, limit: 10, ..MemoryQuery::default() }
}

async fn are_found_and_changed(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let (one, two) = (world.say(ada, &conversation, "1").await?, world.say(ada, &conversation, "2").await?);
    let new = NewMemory {
        kind: MemoryKind::ShortTerm,
        expires_at: Some(at(100)),
        metadata: Some(Json::encode(&7)?),
        ..world.memory("likes thé", &[two.id, one.id, two.id])
    };
    let given = new.clone();
    let made = world.remember(ada, given).await?;
    assert_eq!((made.user_id, made.kind, &made.content), (ada.user(), new.kind, &new.content));
    assert_eq!(made.source_message_ids, [two.id, one.id], "in their order, each once");
    assert_eq!((made.valid_from, made.valid_to, made.superseded_by), (at(20), None, None));
    assert_eq!((made.access_count, made.last_accessed_at), (0, None));
    assert_eq!(present(store.memories().get(&ada, made.id).await?)?, made);

    let patch = MemoryPatch {
        kind: Some(MemoryKind::LongTerm),
        category: Some("preference".into()),
        content: Some("likes coffee".into()),
        slot: None,
        importance: Some(0.9),
        expires_at: Some(None),
        pinned: Some(true),
        metadata: Some(None),
    };
    let id = made.id;
    let changed = present(write!(store, tx => tx.memories().update(&ada, id, patch, at(30)).await)?)?;
    assert_eq!((changed.kind, changed.category.as_str()), (MemoryKind::LongTerm, "preference"));
    assert_eq!((changed.content.as_str(), changed.expires_at, &changed.metadata), ("likes coffee", None, &None));
    assert_eq!((changed.created_at, changed.updated_at), (at(20), at(30)));
    assert_eq!(present(store.memories().get(&ada, id).await?)?, changed);
    assert_eq!(store.memories().same_content(&ada, "Likes coffee.", at(31)).await?, Some(changed));
    assert_eq!(store.memories().same_content(&ada, "likes thé", at(31)).await?, None);
    Ok(())
}

async fn come_from_their_owners_turns(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let conversation = world.conversation(ada, "t", 1).await?;
    let turn = world.say(ada, &conversation, "x").await?;
    refused(world.remember(bob, world.memory("stolen", &[turn.id])).await, ErrorKind::NotFound);
    refused(world.remember(ada, world.memory("invented", &[world.id()])).await, ErrorKind::NotFound);
    refused(world.remember(Scope::system(), world.memory("nobody's", &[])).await, ErrorKind::NotFound);
    assert_eq!(store.stats().totals(&Scope::system()).await?.memories, 0);
    Ok(())
}

async fn list_is_newest_first_and_filters(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let mut made = Vec::new();
    for (second, kind, category, expires_at) in [
        (1, MemoryKind::LongTerm, "fact", None),
        (2, MemoryKind::ShortTerm, "fact", Some(at(50))),
        (2, MemoryKind::LongTerm, "date", None),
    ] {
        let new = NewMemory {
            kind,
            category: category.to_owned(),
            expires_at,
            created_at: at(second),
            ..world.memory("m", &[])
        };
        made.push(world.remember(ada, new).await?.id);
    }
    let all = [made[2], made[1], made[0]];
    for scope in [ada, Scope::system()] {
        let list = |query: MemoryQuery| async move {
            let page = store.memories().list(&scope, &query).await?;
            Result::Ok((page.items.iter().map(|memory| memory.id).collect::<Vec<_>>(), page.total, page.next))
        };
        assert_eq!(list(query(at(49))).await?, (all.to_vec(), 3, None));
        assert_eq!(list(query(at(50))).await?, (vec![made[2], made[0]], 2, None), "gone from its expiry on");
        let long = MemoryQuery { kind: Some(MemoryKind::LongTerm), ..query(at(1)) };
        assert_eq!(list(long).await?, (vec![made[2], made[0]], 2, None));
        let facts = MemoryQuery { category: Some("fact".into()), ..query(at(1)) };
        assert_eq!(list(facts).await?, (vec![made[1], made[0]], 2, None));
        let (first, total, next) = list(MemoryQuery { limit: 2, ..query(at(1)) }).await?;
        let (rest, _, last) = list(MemoryQuery { limit: 2, after: next, ..query(at(1)) }).await?;
        assert_eq!(([first, rest].concat(), total, last), (all.to_vec(), 3, None));
    }
    Ok(())
}

async fn hydrate_leaves_out_what_expired(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let lasting = world.remember(ada, world.memory("lasting", &[])).await?;
    let new = NewMemory { expires_at: Some(at(50)), ..world.memory("passing", &[]) };
    let passing = world.remember(ada, new).await?;
    let wanted = [passing.id, world.id(), lasting.id];
    let memories = store.memories();
    assert_eq!(memories.hydrate(&ada, &wanted, at(49)).await?, [passing.clone(), lasting.clone()]);
    assert_eq!(memories.hydrate(&ada, &wanted, at(50)).await?, [lasting]);
    assert_eq!(memories.get(&ada, passing.id).await?, Some(passing), "by identity it is still there");
    let many: Vec<MemoryId> = (0..1001).map(|_| world.id()).collect();
    refused(memories.hydrate(&ada, &many, at(1)).await, ErrorKind::Invalid);
    Ok(())
}

async fn same_content_ignores_form(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let new = NewMemory { expires_at: Some(at(50)), ..world.memory("J'aime le café.", &[]) };
    let made = world.remember(ada, new).await?;
    let memories = store.memories();
    assert_eq!(memories.same_content(&ada, "j aime  LE cafe!", at(49)).await?, Some(made));
    assert_eq!(memories.same_content(&ada, "j'aime le thé", at(49)).await?, None);
    assert_eq!(memories.same_content(&ada, "J'aime le café.", at(50)).await?, None);
    assert_eq!(memories.same_content(&bob, "J'aime le café.", at(49)).await?, None);
    Ok(())
}

async fn closed_facts_leave_lists_and_stay_readable(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let old = world.remember(ada, world.memory("lives in Paris", &[])).await?;
    let new = world.remember(ada, world.memory("lives in Lyon", &[])).await?;
    let stranger = world.remember(bob, world.memory("lives in Rome", &[])).await?;
    let supersede = |scope: Scope, old: MemoryId, by: MemoryId, second| async move {
        write!(store, tx => tx.memories().supersede(&scope, old, by, at(second)).await)
    };
    refused(supersede(bob, old.id, stranger.id, 30).await, ErrorKind::NotFound);
    refused(supersede(ada, old.id, stranger.id, 30).await, ErrorKind::NotFound);
    refused(supersede(ada, old.id, world.id(), 30).await, ErrorKind::NotFound);
    refused(supersede(ada, old.id, old.id, 30).await, ErrorKind::Invalid);
    assert_eq!(present(store.memories().get(&ada, old.id).await?)?, old, "what was refused changed nothing");

    let (_, before) = store.outbox().bounds(&Scope::system()).await?;
    supersede(ada, old.id, new.id, 30).await?;
    let entries = store.outbox().after(&Scope::system(), before, 10).await?;
    let changes: Vec<_> = entries.into_iter().map(|entry| entry.change).collect();
    assert_eq!(changes, [IndexChange::Delete(old.id.into())]);
    let closed = present(store.memories().get(&ada, old.id).await?)?;
    assert_eq!((closed.superseded_by, closed.valid_to, closed.updated_at), (Some(new.id), Some(at(30)), at(30)));
    assert_eq!(store.memories().hydrate(&ada, &[old.id, new.id], at(31)).await?, std::slice::from_ref(&new));
    assert_eq!(store.memories().list(&ada, &query(at(31))).await?.total, 1);
    assert_eq!(store.memories().same_content(&ada, "lives in Paris", at(31)).await?, None);

    supersede(ada, old.id, new.id, 40).await?;
    assert_eq!(present(store.memories().get(&ada, old.id).await?)?, closed, "it was closed once");
    Ok(())
}

async fn one_fact_holds_a_slot(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let holding = |content: &str, slot: Option<&str>, second| NewMemory {
        slot: slot.map(|key| Slot { key: key.to_owned(), alone: true }),
        created_at: at(second),
        ..world.memory(content, &[])
    };
    let both =
        NewMemory { slot: Some(Slot { alone: false, ..home() }), ..holding("I live in Nice and like tea", None, 10) };
    let both = world.remember(ada, both).await?;
    let paris = world.remember(ada, holding("I live in Paris", Some("home"), 20)).await?;
    let other = world.remember(bob, holding("I live in Rome", Some("home"), 20)).await?;
    let job = world.remember(ada, holding("I work at the port", Some("work"), 20)).await?;
    let tea = world.remember(ada, holding("I like tea", None, 20)).await?;
    let lyon = world.remember(ada, holding("I moved to Lyon", Some("home"), 30)).await?;
    let get = |id: MemoryId| async move { present(store.memories().get(&Scope::system(), id).await?) };
    let closed = get(paris.id).await?;
    assert_eq!((closed.superseded_by, closed.valid_to), (Some(lyon.id), Some(at(30))));
    for untouched in [other, job, tea, both, lyon.clone()] {
        assert_eq!(get(untouched.id).await?, untouched);
    }
    let patch = MemoryPatch { slot: Some(None), ..MemoryPatch::default() };
    write!(store, tx => tx.memories().update(&ada, lyon.id, patch, at(31)).await)?;
    let nice = world.remember(ada, holding("I live in Nice", Some("home"), 40)).await?;
    assert_eq!(get(lyon.id).await?.superseded_by, None, "it gave its slot back");
    let again = world.remember(ada, holding("i live in NICE!", Some("home"), 50)).await?;
    assert_eq!((get(nice.id).await?.superseded_by, get(again.id).await?.superseded_by), (None, None), "the same fact");
    Ok(())
}

async fn corrections_follow_the_chain(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let talk = world.conversation(ada, "t", 1).await?;
    let mut said = Vec::new();
    let mut made = Vec::new();
    for city in ["Paris", "Lyon", "Nice"] {
        let message = world.say(ada, &talk, city).await?;
        let memory = NewMemory { slot: Some(home()), ..world.memory(city, &[message.id]) };
        made.push(world.remember(ada, memory).await?);
        said.push(message.id);
    }
    let memories = store.memories();
    let nice = made.remove(2);
    let asked = [said[2], world.id(), said[1], said[0]];
    let pairs = |found: Vec<Correction>| -> Vec<_> {
        found.into_iter().map(|found| (found.message_id, found.was.id, found.now.id)).collect()
    };
    let expected = [(said[1], made[1].id, nice.id), (said[0], made[0].id, nice.id)];
    assert_eq!(pairs(memories.corrections(&ada, &asked, at(21)).await?), expected);
    assert_eq!(memories.corrections(&bob, &asked, at(21)).await?, []);
    let first = said[0];
    write!(store, tx => tx.memories().add_source(&ada, nice.id, first).await)?;
    assert_eq!(memories.corrections(&ada, &[first], at(21)).await?, [], "it says so itself");
    write!(store, tx => tx.memories().delete(&ada, nice.id).await)?;
    let lyon = memories.get(&ada, made[1].id).await?;
    assert_eq!(
        lyon.map(|lyon| (lyon.superseded_by, lyon.valid_to)),
        Some((None, None)),
        "what it had closed is true again"
    );
    let left = memories.corrections(&ada, &asked, at(21)).await?;
    assert_eq!(pairs(left), [(said[0], made[0].id, made[1].id)]);
    let many: Vec<MessageId> = (0..1001).map(|_| world.id()).collect();
    refused(memories.corrections(&ada, &many, at(1)).await, ErrorKind::Invalid);
    Ok(())
}

async fn what_was_closed_passes_to_the_successor(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let mut made = Vec::new();
    for (city, second) in [("Paris", 10), ("Lyon", 20), ("Nice", 30)] {
        let memory = NewMemory { slot: Some(home()), created_at: at(second), ..world.memory(city, &[]) };
        made.push(world.remember(ada, memory).await?.id);
    }
    let (paris, lyon, nice) = (made[0], made[1], made[2]);
    let closed = async |id| Result::Ok(present(store.memories().get(&ada, id).await?)?.superseded_by);
    assert_eq!((closed(paris).await?, closed(lyon).await?), (Some(lyon), Some(nice)));
    write!(store, tx => tx.memories().delete(&ada, lyon).await)?;
    assert_eq!(closed(paris).await?, Some(nice), "although that holds the slot");
    write!(store, tx => tx.memories().delete(&ada, nice).await)?;
    assert_eq!(closed(paris).await?, None);
    Ok(())
}

async fn are_counted_when_used(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let made = world.remember(ada, world.memory("m", &[])).await?;
    let unknown: MemoryId = world.id();
    for (scope, second) in [(ada, 30), (ada, 40), (bob, 50), (ada, 35)] {
        write!(store, tx => tx.memories().touch(&scope, &[unknown, made.id], at(second)).await)?;
    }
    let used = present(store.memories().get(&ada, made.id).await?)?;
    assert_eq!((used.access_count, used.last_accessed_at), (3, Some(at(40))));
    assert_eq!(used.updated_at, made.updated_at, "being used is no change");
    Ok(())
}

async fn are_forgotten(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let made = world.remember(ada, world.memory("m", &[])).await?;
    assert!(write!(store, tx => tx.memories().delete(&ada, made.id).await)?);
    assert!(!write!(store, tx => tx.memories().delete(&ada, made.id).await)?);
    assert_eq!(store.memories().get(&ada, made.id).await?, None);
    assert_eq!(store.memories().list(&ada, &query(at(21))).await?.total, 0);
    Ok(())
}

async fn belong_to_their_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let made = world.remember(ada, world.memory("secret", &[])).await?;
    let id = made.id;
    assert_eq!(store.memories().get(&bob, id).await?, None);
    assert_eq!(store.memories().hydrate(&bob, &[id], at(21)).await?, []);
    assert_eq!(store.memories().list(&bob, &query(at(21))).await?.total, 0);
    let patch = MemoryPatch { content: Some("stolen".into()), ..MemoryPatch::default() };
    assert_eq!(write!(store, tx => tx.memories().update(&bob, id, patch, at(22)).await)?, None);
    assert!(!write!(store, tx => tx.memories().delete(&bob, id).await)?);
    assert_eq!(store.memories().get(&Scope::system(), id).await?, Some(made));
    Ok(())
}
