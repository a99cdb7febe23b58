use uuid::Uuid;

use super::{
    checks,
    world::{World, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope,
    ports::Store,
    types::{ForeignId, ForeignKind, Role},
};

checks![
    what_was_noted_is_found_in_the_order_asked,
    messages_are_found_by_what_they_carry,
    they_are_of_one_owner,
    what_is_taken_or_foreign_is_refused,
    what_goes_is_forgotten,
    note_goes_with_its_unit,
];

const MADE: [ForeignKind; 3] = [ForeignKind::Session, ForeignKind::Conversation, ForeignKind::Memory];

fn foreign(source: &str, id: &str) -> ForeignId {
    ForeignId { source: source.to_owned(), id: id.to_owned() }
}

async fn find(store: &dyn Store, scope: Scope, kind: ForeignKind, ids: &[&str]) -> Result<Vec<Option<Uuid>>> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    write!(store, tx => tx.foreign_ids().find(&scope, kind, "file", &ids).await)
}

async fn note(store: &dyn Store, scope: Scope, kind: ForeignKind, id: &str, made: Uuid) -> Result<()> {
    let foreign = foreign("file", id);
    write!(store, tx => tx.foreign_ids().note(&scope, kind, foreign, made).await)
}

/// Something of a kind that can be noted.
async fn make(world: &World<'_>, scope: Scope, kind: ForeignKind) -> Result<Uuid> {
    Ok(match kind {
        ForeignKind::Session => *world.session(scope, "s", 1).await?.id.as_uuid(),
        ForeignKind::Conversation => *world.conversation(scope, "t", 1).await?.id.as_uuid(),
        _ => *world.remember(scope, world.memory("m", &[])).await?.id.as_uuid(),
    })
}

async fn what_was_noted_is_found_in_the_order_asked(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    for kind in MADE {
        let (one, two) = (make(&world, ada, kind).await?, make(&world, ada, kind).await?);
        note(store, ada, kind, "1", one).await?;
        note(store, ada, kind, "2", two).await?;
        assert_eq!(find(store, ada, kind, &["2", "", "1", "2"]).await?, [Some(two), None, Some(one), Some(two)]);
        let ids = vec!["1".to_owned()];
        let elsewhere = write!(store, tx => tx.foreign_ids().find(&ada, kind, "mail", &ids).await)?;
        assert_eq!(elsewhere, [None], "another source");
    }
    assert_eq!(find(store, ada, ForeignKind::Message, &["1"]).await?, [None], "another kind");
    let many = vec!["x"; 1001];
    assert_eq!(find(store, ada, ForeignKind::Memory, &many[..1000]).await?, vec![None; 1000]);
    refused(find(store, ada, ForeignKind::Memory, &many).await, ErrorKind::Invalid);
    Ok(())
}

async fn messages_are_found_by_what_they_carry(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let conversation = world.conversation(ada, "t", 1).await?;
    let mut message = world.message(&conversation, Role::User, "x", 2);
    message.foreign_id = Some(foreign("file", "m"));
    let id = *world.append(ada, message).await?.id.as_uuid();
    assert_eq!(find(store, ada, ForeignKind::Message, &["m", "n"]).await?, [Some(id), None]);
    refused(note(store, ada, ForeignKind::Message, "n", id).await, ErrorKind::Invalid);
    Ok(())
}

async fn they_are_of_one_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    for kind in MADE {
        let (hers, his) = (make(&world, ada, kind).await?, make(&world, bob, kind).await?);
        note(store, ada, kind, "1", hers).await?;
        assert_eq!(find(store, bob, kind, &["1"]).await?, [None]);
        refused(note(store, bob, kind, "2", hers).await, ErrorKind::NotFound);
        note(store, bob, kind, "1", his).await?;
        assert_eq!(find(store, ada, kind, &["1"]).await?, [Some(hers)]);
    }
    let conversation = world.conversation(ada, "t", 1).await?;
    let mut message = world.message(&conversation, Role::User, "x", 2);
    message.foreign_id = Some(foreign("file", "m"));
    world.append(ada, message).await?;
    assert_eq!(find(store, bob, ForeignKind::Message, &["m"]).await?, [None]);
    Ok(())
}

async fn what_is_taken_or_foreign_is_refused(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    for kind in MADE {
        let (one, two) = (make(&world, ada, kind).await?, make(&world, ada, kind).await?);
        note(store, ada, kind, "1", one).await?;
        refused(note(store, ada, kind, "1", two).await, ErrorKind::Conflict);
        refused(note(store, ada, kind, "2", world.id()).await, ErrorKind::NotFound);
        assert_eq!(find(store, ada, kind, &["1", "2"]).await?, [Some(one), None]);
    }
    Ok(())
}

async fn what_goes_is_forgotten(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let session = world.session(ada, "s", 1).await?.id;
    let conversation = world.conversation(ada, "t", 1).await?;
    let said = world.say(ada, &conversation, "x").await?;
    let by_hand = world.remember(ada, world.memory("by hand", &[])).await?.id;
    let derived = world.remember(ada, world.memory("derived", &[said.id])).await?.id;
    note(store, ada, ForeignKind::Session, "s", *session.as_uuid()).await?;
    note(store, ada, ForeignKind::Conversation, "c", *conversation.id.as_uuid()).await?;
    note(store, ada, ForeignKind::Memory, "by hand", *by_hand.as_uuid()).await?;
    note(store, ada, ForeignKind::Memory, "derived", *derived.as_uuid()).await?;

    write!(store, tx => tx.sessions().delete(&ada, session).await)?;
    assert_eq!(find(store, ada, ForeignKind::Session, &["s"]).await?, [None]);
    let going = conversation.id;
    write!(store, tx => tx.conversations().erase(&ada, going).await)?;
    assert_eq!(find(store, ada, ForeignKind::Conversation, &["c"]).await?, [None]);
    let memories = find(store, ada, ForeignKind::Memory, &["derived", "by hand"]).await?;
    assert_eq!(memories, [None, Some(*by_hand.as_uuid())], "what was derived goes with its conversation");
    write!(store, tx => tx.memories().delete(&ada, by_hand).await)?;
    assert_eq!(find(store, ada, ForeignKind::Memory, &["by hand"]).await?, [None]);
    Ok(())
}

async fn note_goes_with_its_unit(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let session = *world.session(ada, "s", 1).await?.id.as_uuid();
    let outcome: Result<()> = write!(store, tx => {
        tx.foreign_ids().note(&ada, ForeignKind::Session, foreign("file", "1"), session).await?;
        Err(ErrorKind::Conflict.error("no"))
    });
    refused(outcome, ErrorKind::Conflict);
    assert_eq!(find(store, ada, ForeignKind::Session, &["1"]).await?, [None]);
    Ok(())
}
