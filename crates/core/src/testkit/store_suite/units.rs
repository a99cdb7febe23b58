use super::{
    checks,
    world::{World, at, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope,
    ports::{HealthStatus, Store},
    types::{AuditHead, ConversationPatch, Role},
};

checks![error_undoes_everything, sees_its_own_writes, is_seen_once_it_answered, check_really_asks];

async fn error_undoes_everything(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "before", 1).await?;
    let totals = store.stats().totals(&Scope::system()).await?;
    let message = world.message(&conversation, Role::User, "x", 2);
    let memory = world.memory("m", &[message.id]);
    let entry = super::audit::entry(&world, "x", "y", 2);
    let id = conversation.id;
    let outcome: Result<()> = write!(store, tx => {
        tx.messages().append(&ada, message).await?;
        tx.memories().insert(&ada, memory).await?;
        let patch = ConversationPatch { title: Some("after".into()), ..ConversationPatch::default() };
        tx.conversations().update(&ada, id, patch, at(3)).await?;
        tx.audit().record(&ada, entry).await?;
        Err(ErrorKind::Invalid.error("no"))
    });
    refused(outcome, ErrorKind::Invalid);
    assert_eq!(world.head(ada, id).await?, conversation);
    let now = store.stats().totals(&Scope::system()).await?;
    assert_eq!(
        (now.messages, now.memories, now.conversations),
        (totals.messages, totals.memories, totals.conversations)
    );
    assert_eq!(store.stats().user(&ada).await?.messages, 0);
    assert_eq!(store.outbox().bounds(&Scope::system()).await?, (1, 0));
    assert_eq!(store.audit().head(&Scope::system()).await?, AuditHead::default());
    Ok(())
}

async fn sees_its_own_writes(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let message = world.message(&conversation, Role::User, "x", 2);
    let (id, message_id) = (conversation.id, message.id);
    let (count, found, counted) = write!(store, tx => {
        tx.messages().append(&ada, message).await?;
        let head = tx.conversations().get(&ada, id).await?;
        let found = tx.messages().hydrate(&ada, &[message_id]).await?;
        Ok((head.map(|head| head.message_count), found.len(), tx.stats().user(&ada).await?.messages))
    })?;
    assert_eq!((count, found, counted), (Some(1), 1, 1));
    Ok(())
}

async fn is_seen_once_it_answered(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    for number in 1..=50 {
        let message = world.say(ada, &conversation, "x").await?;
        assert!(store.messages().get(&ada, message.id).await?.is_some());
        assert_eq!(world.head(ada, conversation.id).await?.message_count, number);
    }
    Ok(())
}

async fn check_really_asks(store: &dyn Store) -> Result<()> {
    let health = store.check().await;
    assert_eq!((health.status, health.error), (HealthStatus::Healthy, None));
    Ok(())
}
