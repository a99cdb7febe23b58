use super::{
    checks,
    world::{World, at, forbidden},
    write,
};
use crate::{
    Result, Scope,
    ports::Store,
    types::{
        Conversation, ConversationPatch, ConversationStatus, MemoryPatch, Role, SessionPatch, UserGrowth, UserStats,
    },
};

checks![
    begin_at_zero,
    follow_every_change,
    are_kept_for_each_owner,
    totals_are_for_the_system,
    bytes_are_what_is_stored_and_go_with_it,
    a_unit_knows_what_it_adds_to_what_there_is,
];

async fn begin_at_zero(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let nothing = UserStats::none;
    let ada = world.user("ada").await?;
    assert_eq!(store.stats().user(&ada).await?, nothing(ada.user()));
    let stranger = Scope::of(world.id());
    assert_eq!(store.stats().user(&stranger).await?, nothing(stranger.user()));
    Ok(())
}

async fn follow_every_change(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let id = conversation.id;
    let mut counted = world.message(&conversation, Role::User, "x", 2);
    counted.tokens = Some(7);
    let turn = world.append(ada, counted).await?.id;
    let batch: Vec<_> = (0..3).map(|_| world.message(&conversation, Role::User, "y", 3)).collect();
    write!(store, tx => tx.messages().append_all(&ada, batch).await)?;
    world.remember(ada, world.memory("a", &[turn])).await?;
    let by_hand = world.remember(ada, world.memory("b", &[])).await?.id;
    let now = store.stats().user(&ada).await?;
    assert_eq!((now.conversations, now.messages, now.memories, now.tokens), (1, 4, 2, 7));
    assert!(now.updated_at.is_some());

    let patch = ConversationPatch { status: Some(ConversationStatus::Deleted), ..ConversationPatch::default() };
    write!(store, tx => tx.conversations().update(&ada, id, patch, at(4)).await)?;
    let now = store.stats().user(&ada).await?;
    assert_eq!((now.conversations, now.messages), (1, 4), "the bin is included");

    write!(store, tx => tx.conversations().erase(&ada, id).await)?;
    write!(store, tx => tx.memories().delete(&ada, by_hand).await)?;
    let now = store.stats().user(&ada).await?;
    assert_eq!((now.conversations, now.messages, now.memories), (0, 0, 0));
    assert_eq!(now.tokens, 7, "tokens were used, whatever became of the message");
    Ok(())
}

async fn are_kept_for_each_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let (hers, his) = (world.conversation(ada, "1", 1).await?, world.conversation(bob, "2", 1).await?);
    world.say(ada, &hers, "x").await?;
    world.say(bob, &his, "x").await?;
    let mixed = vec![world.message(&hers, Role::User, "x", 3), world.message(&his, Role::User, "x", 3)];
    write!(store, tx => tx.messages().append_all(&Scope::system(), mixed).await)?;
    assert_eq!(store.stats().user(&ada).await?.messages, 2);
    assert_eq!(store.stats().user(&bob).await?.messages, 2);
    Ok(())
}

async fn totals_are_for_the_system(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    for scope in [ada, bob] {
        let conversation = world.conversation(scope, "t", 1).await?;
        world.say(scope, &conversation, "x").await?;
        world.remember(scope, world.memory("m", &[])).await?;
    }
    forbidden(store.stats().totals(&ada).await);
    let totals = store.stats().totals(&Scope::system()).await?;
    assert_eq!((totals.users, totals.conversations, totals.messages, totals.memories), (2, 2, 2, 2));
    assert!(totals.bytes > 0);
    Ok(())
}

async fn bytes_are_what_is_stored_and_go_with_it(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let bytes = async || -> Result<u64> { Ok(store.stats().user(&ada).await?.bytes) };
    // what is sealed takes more than what was written, so only differences are known
    let conversation = world.conversation(ada, "a title", 1).await?;
    let begun = head_bytes(store, &ada, &conversation).await?;
    let turn = world.say(ada, &conversation, "12345").await?.id;
    let one = bytes().await? - begun;
    let bytes = async || -> Result<u64> { Ok(store.stats().user(&ada).await?.bytes - begun) };
    let several = [world.message(&conversation, Role::User, "é", 2), world.message(&conversation, Role::User, "67", 3)];
    write!(store, tx => tx.messages().append_all(&ada, several.into()).await)?;
    let said = bytes().await?;
    assert_eq!(said - one, 2 * one - 6, "of 5, 2 and 2 bytes");
    let id = world.remember(ada, world.memory("abc", &[])).await?.id;
    let remembered = bytes().await?;
    assert!(remembered - said >= 3);
    let patch = MemoryPatch { content: Some("abcdef".into()), ..MemoryPatch::default() };
    write!(store, tx => tx.memories().update(&ada, id, patch, at(4)).await)?;
    assert_eq!(bytes().await?, remembered + 3);
    let session = world.session(ada, "name", 5).await?.id;
    let all = bytes().await?;
    assert!(all > remembered + 7);
    let patch = SessionPatch { name: Some("n".into()), ..SessionPatch::default() };
    write!(store, tx => tx.sessions().update(&ada, session, patch, at(6)).await)?;
    assert_eq!(bytes().await?, all - 3);
    write!(store, tx => tx.sealing().recount_bytes(&Scope::system()).await)?;
    assert_eq!(bytes().await?, all - 3, "counted anew it is the same");
    write!(store, tx => tx.sessions().delete(&ada, session).await)?;
    assert_eq!(bytes().await?, remembered + 3);
    write!(store, tx => tx.memories().delete(&ada, id).await)?;
    assert_eq!(bytes().await?, said);
    let id = conversation.id;
    write!(store, tx => tx.conversations().set_summary(&ada, id, "short", turn).await)?;
    let summarised = bytes().await?;
    assert!(summarised >= said + 5);
    write!(store, tx => tx.conversations().set_summary(&ada, id, "longer", turn).await)?;
    assert_eq!(bytes().await?, summarised + 1);
    write!(store, tx => tx.sealing().recount_bytes(&Scope::system()).await)?;
    assert_eq!(bytes().await?, summarised + 1, "counted anew it is the same");
    write!(store, tx => tx.conversations().erase(&ada, id).await)?;
    assert_eq!(store.stats().user(&ada).await?.bytes, 0);
    Ok(())
}

/// What a conversation without messages takes, which a change of its title changes.
async fn head_bytes(store: &dyn Store, ada: &Scope, head: &Conversation) -> Result<u64> {
    let bytes = async || -> Result<u64> { Ok(store.stats().user(ada).await?.bytes) };
    let (ada, id, begun) = (*ada, head.id, bytes().await?);
    assert!(begun >= head.title.len() as u64);
    let longer = ConversationPatch { title: Some(format!("{} and", head.title)), ..ConversationPatch::default() };
    write!(store, tx => tx.conversations().update(&ada, id, longer, at(4)).await)?;
    assert_eq!(bytes().await?, begun + 4);
    let shorter = ConversationPatch { title: Some(head.title.clone()), ..ConversationPatch::default() };
    write!(store, tx => tx.conversations().update(&ada, id, shorter, at(5)).await)?;
    assert_eq!(bytes().await?, begun);
    Ok(begun)
}

async fn a_unit_knows_what_it_adds_to_what_there_is(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    world.say(ada, &conversation, "12345").await?;
    let before = store.stats().user(&ada).await?;
    let said = world.message(&conversation, Role::User, "678", 2);
    let (stats, growth) = write!(store, tx => {
        let (_, none) = tx.stats().hold(&ada).await?;
        assert_eq!((none.messages, none.bytes), (0, 0));
        tx.messages().append(&ada, said).await?;
        tx.stats().hold(&ada).await
    })?;
    let after = store.stats().user(&ada).await?;
    assert_eq!((stats.messages, stats.bytes), (after.messages, after.bytes));
    let added = UserGrowth { at: growth.at, bytes: growth.bytes, messages: 1, ..UserGrowth::default() };
    assert_eq!(growth, added);
    assert_eq!((before.messages + 1, before.bytes + growth.bytes.unsigned_abs()), (after.messages, after.bytes));
    Ok(())
}
