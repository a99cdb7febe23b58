use super::{
    checks,
    world::{World, present},
    write,
};
use crate::{
    Result,
    ports::Store,
    types::{Erased, Follows, MessageQuery},
};

checks![removes_messages_and_what_came_from_them_alone, frees_foreign_ids, of_nothing_is_none];

async fn removes_messages_and_what_came_from_them_alone(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let (going, staying) = (world.conversation(ada, "going", 1).await?, world.conversation(ada, "staying", 2).await?);
    let first = world.say(ada, &going, "I live in Lyon").await?;
    let mut reply = world.message(&going, crate::types::Role::Assistant, "noted", 11);
    reply.follows = Follows::Message(first.id);
    let reply = world.append(ada, reply).await?;
    let elsewhere = world.say(ada, &staying, "still in Lyon").await?;

    let alone = world.remember(ada, world.memory("lives in Lyon", &[first.id, reply.id])).await?;
    let shared = world.remember(ada, world.memory("likes Lyon", &[first.id, elsewhere.id])).await?;
    let own_words = world.remember(ada, world.memory("written by hand", &[])).await?;

    let id = going.id;
    let erased = present(write!(store, tx => tx.conversations().erase(&ada, id).await)?)?;
    assert_eq!(erased, Erased { messages: 2, memories: vec![alone.id] });

    assert_eq!(store.conversations().get(&ada, id).await?, None);
    assert_eq!(store.messages().get(&ada, first.id).await?, None);
    let page = MessageQuery { before: None, since: None, limit: 10 };
    assert_eq!(store.messages().page(&ada, id, &page).await?, None);
    assert_eq!(store.memories().get(&ada, alone.id).await?, None);
    let shared = present(store.memories().get(&ada, shared.id).await?)?;
    assert_eq!(shared.source_message_ids, [elsewhere.id], "what is left of its sources");
    assert_eq!(present(store.memories().get(&ada, own_words.id).await?)?, own_words);
    assert_eq!(present(store.messages().get(&ada, elsewhere.id).await?)?, elsewhere);
    Ok(())
}

async fn frees_foreign_ids(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    for _ in 0..2 {
        let conversation = world.conversation(ada, "imported", 1).await?;
        let mut message = world.message(&conversation, crate::types::Role::User, "hi", 2);
        message.foreign_id = Some(crate::types::ForeignId { source: "jsonl".into(), id: "1".into() });
        world.append(ada, message).await?;
        write!(store, tx => tx.conversations().erase(&ada, conversation.id).await)?;
    }
    Ok(())
}

async fn of_nothing_is_none(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let id = world.conversation(ada, "t", 1).await?.id;
    assert_eq!(present(write!(store, tx => tx.conversations().erase(&ada, id).await)?)?, Erased::default());
    assert_eq!(write!(store, tx => tx.conversations().erase(&ada, id).await)?, None);
    Ok(())
}
