use super::{
    checks,
    world::{World, at, forbidden, present, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope,
    ports::Store,
    types::{
        ActivityQuery, Anchor, ConversationPatch, ConversationStatus, Cursor, ErasedRows, Follows, MemoryPatch,
        MemoryQuery, Role, Slot,
    },
};

checks![
    are_read_in_the_order_they_were_made,
    rows_come_back_as_they_were,
    an_erasure_leaves_nothing_and_nobody_else_is_touched,
    activity_is_told_by_day,
    windows_are_about_a_message,
    pinned_memories_do_not_expire,
];

async fn are_read_in_the_order_they_were_made(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let late = world.conversation(ada, "late", 9).await?;
    let early = world.conversation(ada, "early", 1).await?;
    world.conversation(bob, "his", 2).await?;
    let id = early.id;
    let patch = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    write!(store, tx => tx.conversations().update(&ada, id, patch, at(3)).await)?;
    let owned = store.owned();
    let first = owned.conversations(&ada, None, 1).await?;
    assert_eq!(first.iter().map(|row| row.id).collect::<Vec<_>>(), [early.id], "in the bin or not");
    let after = Some(Cursor { at: first[0].created_at, id: *first[0].id.as_uuid() });
    let rest = owned.conversations(&ada, after, 10).await?;
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [late.id]);

    let turns = [world.say(ada, &late, "a").await?, world.say(ada, &late, "b").await?];
    assert_eq!(owned.messages(&ada, late.id, i64::MIN, 1).await?, turns[..1]);
    assert_eq!(owned.messages(&ada, late.id, turns[0].position, 9).await?, turns[1..]);
    assert_eq!(owned.messages(&bob, late.id, i64::MIN, 9).await?, []);
    let places = owned.turns(&ada, late.id).await?;
    assert_eq!(places.iter().map(|turn| turn.parent_id).collect::<Vec<_>>(), [None, Some(turns[0].id)]);
    assert_eq!(owned.turns(&bob, late.id).await?, []);

    let old = world.remember(ada, world.memory("old", &[turns[0].id])).await?.id;
    let new = world.remember(ada, world.memory("new", &[])).await?.id;
    write!(store, tx => tx.memories().supersede(&ada, old, new, at(30)).await)?;
    let memories = owned.memories(&ada, None, 9).await?;
    let told: Vec<_> =
        memories.iter().map(|row| (row.memory.id, row.sources.clone(), row.supersedes.clone())).collect();
    assert_eq!(told, [(old, vec![(late.id, turns[0].id)], vec![]), (new, vec![], vec![old])]);
    let session = world.session(ada, "s", 1).await?;
    assert_eq!(owned.sessions(&ada, None, 9).await?, [session]);
    Ok(())
}

async fn rows_come_back_as_they_were(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let conversation = world.conversation(ada, "binned", 1).await?;
    let said = world.say(ada, &conversation, "x").await?;
    let memory = world.remember(ada, world.memory("closed", &[said.id])).await?;
    let mut binned = world.head(ada, conversation.id).await?;
    binned.id = world.id();
    (binned.status, binned.message_count, binned.updated_at) = (ConversationStatus::Deleted, 0, at(77));
    let wanted = binned.clone();
    write!(store, tx => tx.restore().conversation(&ada, wanted).await)?;
    assert_eq!(world.head(ada, binned.id).await?, binned);
    let turn = world.message(&binned, Role::User, "into the bin", 5);
    let refusing = turn.clone();
    refused(world.append(ada, refusing).await, ErrorKind::Conflict);
    write!(store, tx => tx.restore().messages(&ada, vec![turn]).await)?;
    assert_eq!(world.head(ada, binned.id).await?.message_count, 1);

    let mut closed = memory.clone();
    closed.id = world.id();
    (closed.superseded_by, closed.valid_to) = (Some(world.id()), Some(at(50)));
    (closed.access_count, closed.pinned, closed.last_accessed_at) = (7, true, Some(at(40)));
    let (wanted, slot) = (closed.clone(), Some(Slot { key: "home".into(), alone: true }));
    write!(store, tx => tx.restore().memory(&ada, wanted, slot).await)?;
    assert_eq!(present(store.memories().get(&ada, closed.id).await?)?, closed);
    let mut stolen = closed.clone();
    stolen.id = world.id();
    refused(write!(store, tx => tx.restore().memory(&bob, stolen, None).await), ErrorKind::NotFound);
    let (old, by) = (closed.id, memory.id);
    assert!(write!(store, tx => tx.restore().succeed(&ada, old, by).await)?);
    assert_eq!(present(store.memories().get(&ada, old).await?)?.superseded_by, Some(by));
    assert!(!write!(store, tx => tx.restore().succeed(&ada, old, old).await)?, "what replaced it exists");
    assert!(!write!(store, tx => tx.restore().succeed(&ada, by, old).await)?, "it is not closed");
    Ok(())
}

async fn an_erasure_leaves_nothing_and_nobody_else_is_touched(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let system = Scope::system();
    for scope in [ada, bob] {
        let session = world.session(scope, "s", 1).await?;
        let conversation = world.conversation_in(scope, Some(session.id), "c", 1).await?;
        let said = world.say(scope, &conversation, "x").await?;
        world.remember(scope, world.memory("m", &[said.id])).await?;
    }
    let user = ada.user();
    forbidden(write!(store, tx => tx.erasures().request(&ada, user, at(1)).await));
    forbidden(write!(store, tx => tx.erasures().remove_some(&ada, user).await));
    forbidden(write!(store, tx => tx.erasures().finish(&ada, user).await));
    forbidden(store.erasures().pending(&ada).await);
    for _ in 0..2 {
        write!(store, tx => tx.erasures().request(&system, user, at(1)).await)?;
    }
    assert_eq!(store.erasures().pending(&system).await?, [user]);
    let mut removed = ErasedRows::default();
    while let Some(some) = write!(store, tx => tx.erasures().remove_some(&system, user).await)? {
        assert!(some != ErasedRows::default() || store.users().get(&system, user).await?.is_none(), "it ends");
        removed += some;
    }
    let rows = (removed.conversations, removed.messages, removed.memories, removed.sessions, removed.activity);
    assert_eq!(rows, (1, 1, 1, 1, 1));
    assert_eq!(store.users().get(&system, user).await?, None);
    assert!(store.owned().memories(&ada, None, 9).await?.is_empty());
    store.scrub().await?;
    write!(store, tx => tx.erasures().finish(&system, user).await)?;
    assert_eq!(store.erasures().pending(&system).await?, []);
    let totals = store.stats().totals(&system).await?;
    assert_eq!((totals.users, totals.conversations, totals.messages, totals.memories), (1, 1, 1, 1));
    let his = store.stats().user(&bob).await?;
    assert_eq!((his.conversations, his.messages, his.memories), (1, 1, 1));
    Ok(())
}

async fn activity_is_told_by_day(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let hour = 3_600;
    let conversation = world.conversation(ada, "c", 1).await?;
    // the fixed clock stands at eight in the morning
    for (second, role, model) in
        [(0, Role::User, None), (15 * hour, Role::Assistant, Some("m")), (17 * hour, Role::User, None)]
    {
        let mut message = world.message(&conversation, role, "x", second);
        (message.tokens, message.model) = (Some(5), model.map(str::to_owned));
        world.append(ada, message).await?;
    }
    world.remember(ada, world.memory("m", &[])).await?;
    let today = at(0).as_micros().div_euclid(86_400_000_000);
    let asked = |quarters_ahead, first_day, last_day| ActivityQuery {
        first_day,
        last_day,
        quarters_ahead,
        categories: 5,
        now: at(0),
    };
    let told = store.stats().activity(&ada, &asked(0, today, today + 1)).await?;
    let days: Vec<_> = told.messages.iter().map(|row| (row.day - today, row.role, row.messages, row.tokens)).collect();
    assert_eq!(days, [(0, Role::Assistant, 1, 5), (0, Role::User, 1, 5), (1, Role::User, 1, 5)]);
    assert_eq!(told.messages[0].model.as_deref(), Some("m"));
    assert_eq!((told.conversations, told.memories), (vec![(today, 1)], vec![(today, "fact".to_owned(), 1)]));
    assert_eq!(told.categories, [("fact".to_owned(), 1)]);
    let west = store.stats().activity(&ada, &asked(-5, today, today)).await?;
    assert_eq!(
        west.messages.iter().map(|row| row.messages).sum::<u64>(),
        3,
        "an hour and a quarter later it is still today"
    );
    assert_eq!(store.stats().activity(&bob, &asked(0, today, today)).await?.messages, []);
    let id = conversation.id;
    write!(store, tx => tx.conversations().erase(&ada, id).await)?;
    let told = store.stats().activity(&ada, &asked(0, today, today + 1)).await?;
    assert!(told.conversations.is_empty() && told.messages.iter().all(|row| row.messages == 0));
    assert_eq!(told.messages.iter().map(|row| row.tokens).sum::<u64>(), 15, "tokens were used");
    Ok(())
}

async fn windows_are_about_a_message(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let conversation = world.conversation(ada, "c", 1).await?;
    let mut ids = Vec::new();
    for _ in 0..9 {
        ids.push(world.say(ada, &conversation, "x").await?.id);
    }
    let window = async |anchor, limit| -> Result<(Vec<usize>, bool, bool)> {
        let page = present(store.messages().window(&ada, conversation.id, anchor, limit).await?)?;
        assert_eq!(page.latest, ids.last().copied());
        let places = page.messages.iter().map(|row| (row.position - 1) as usize).collect();
        Ok((places, page.has_more, page.has_newer))
    };
    assert_eq!(window(Anchor::Around(ids[4]), 3).await?, (vec![3, 4, 5], true, true));
    assert_eq!(window(Anchor::Around(ids[4]), 4).await?, (vec![3, 4, 5, 6], true, true));
    assert_eq!(window(Anchor::Around(ids[0]), 3).await?, (vec![0, 1, 2], false, true));
    assert_eq!(window(Anchor::Around(ids[8]), 3).await?, (vec![6, 7, 8], true, false));
    assert_eq!(window(Anchor::Around(ids[4]), 50).await?, ((0..9).collect(), false, false));
    assert_eq!(window(Anchor::After(ids[6]), 1).await?, (vec![7], true, true));
    assert_eq!(window(Anchor::After(ids[6]), 9).await?, (vec![7, 8], true, false));
    assert_eq!(store.messages().window(&bob, conversation.id, Anchor::After(ids[0]), 9).await?, None);
    let other = world.conversation(ada, "other", 2).await?;
    refused(store.messages().window(&ada, other.id, Anchor::Around(ids[0]), 9).await, ErrorKind::NotFound);
    let branched = present(Some(world.message(&conversation, Role::User, "y", 20)))?;
    let leaf = branched.id;
    let follows = Follows::Message(ids[0]);
    world.append(ada, crate::types::NewMessage { follows, ..branched }).await?;
    assert_eq!(store.owned().turns(&ada, conversation.id).await?.last().map(|turn| turn.id), Some(leaf));
    Ok(())
}

async fn pinned_memories_do_not_expire(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let mut memory = world.memory("brief", &[]);
    memory.expires_at = Some(at(30));
    let id = world.remember(ada, memory).await?.id;
    let query = |pinned, expired| MemoryQuery { pinned, expired, now: at(31), limit: 9, ..MemoryQuery::default() };
    let count = async |query: MemoryQuery| -> Result<(usize, u64)> {
        let page = store.memories().list(&ada, &query).await?;
        Ok((page.items.len(), page.total))
    };
    assert_eq!(count(query(None, false)).await?, (0, 0));
    assert_eq!(count(query(None, true)).await?, (1, 1));
    let patch = MemoryPatch { pinned: Some(true), ..MemoryPatch::default() };
    let pinned = present(write!(store, tx => tx.memories().update(&ada, id, patch, at(32)).await)?)?;
    assert!(pinned.pinned && pinned.weight() > pinned.importance);
    assert_eq!(count(query(None, false)).await?, (1, 1));
    assert_eq!((count(query(Some(true), false)).await?, count(query(Some(false), true)).await?), ((1, 1), (0, 0)));
    assert_eq!(store.memories().hydrate(&ada, &[id], at(99)).await?, [pinned]);
    let other = world.remember(ada, world.memory("newer", &[])).await?.id;
    write!(store, tx => tx.memories().supersede(&ada, id, other, at(40)).await)?;
    assert_eq!(count(query(None, false)).await?, (1, 1));
    assert_eq!(count(MemoryQuery { superseded: true, ..query(None, false) }).await?, (2, 2));
    Ok(())
}
