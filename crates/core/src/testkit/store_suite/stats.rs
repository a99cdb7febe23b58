use super::{
    checks,
    world::{World, at, forbidden},
    write,
};
use crate::{
    Result, Scope,
    ports::Store,
    types::{ConversationPatch, ConversationStatus, MemoryPatch, Role, SessionPatch, UserStats},
};

checks![
    begin_at_zero,
    follow_every_change,
    are_kept_for_each_owner,
    totals_are_for_the_system,
    bytes_are_what_is_stored_and_go_with_it,
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
    let conversation = world.conversation(ada, "titles do not count", 1).await?;
    assert_eq!(bytes().await?, 0);
    world.say(ada, &conversation, "12345").await?;
    let one = bytes().await?;
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
    write!(store, tx => tx.conversations().erase(&ada, id).await)?;
    assert_eq!(bytes().await?, 0);
    Ok(())
}
