use super::{
    checks,
    world::{World, at, present, refused},
    write,
};
use crate::{
    ErrorKind, Json, Result, Scope,
    ports::Store,
    types::{SessionPatch, SessionStatus},
};

checks![
    is_found_and_changed,
    list_is_newest_first_and_pages,
    belongs_to_its_owner,
    needs_an_owner,
    leaves_its_conversations_behind,
];

async fn is_found_and_changed(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let session = world.session(ada, "Maths", 1).await?;
    assert_eq!(session.status, SessionStatus::Active);
    assert_eq!(present(store.sessions().get(&ada, session.id).await?)?, session);

    let nothing = SessionPatch::default();
    let same = present(write!(store, tx => tx.sessions().update(&ada, session.id, nothing, at(2)).await)?)?;
    let mut expected = session.clone();
    expected.updated_at = at(2);
    assert_eq!(same, expected, "an empty patch changes nothing");

    let patch = SessionPatch {
        name: Some("Algèbre".into()),
        role: Some(None),
        goals: Some(Some("réussir l'examen".into())),
        template: Some(Some("{{role}}".into())),
        status: Some(SessionStatus::Archived),
        metadata: Some(Some(Json::encode(&[1, 2])?)),
    };
    let changed = present(write!(store, tx => tx.sessions().update(&ada, session.id, patch, at(3)).await)?)?;
    assert_eq!((changed.name.as_str(), changed.role.as_deref()), ("Algèbre", None));
    assert_eq!(changed.goals.as_deref(), Some("réussir l'examen"));
    assert_eq!(changed.template.as_deref(), Some("{{role}}"));
    assert_eq!(changed.status, SessionStatus::Archived);
    assert_eq!((changed.created_at, changed.updated_at), (at(1), at(3)));
    assert_eq!(present(store.sessions().get(&ada, session.id).await?)?, changed);
    Ok(())
}

async fn list_is_newest_first_and_pages(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let mut made = Vec::new();
    for second in [1, 2, 2, 3] {
        made.push(world.session(ada, "s", second).await?);
    }
    made.reverse();
    let first = store.sessions().list(&ada, 3, None).await?;
    let rest = store.sessions().list(&ada, 3, first.next).await?;
    assert!(first.next.is_some() && rest.next.is_none());
    assert_eq!((first.total, rest.total), (4, 4));
    assert_eq!([first.items, rest.items].concat(), made, "equal times are ordered by id");
    Ok(())
}

async fn belongs_to_its_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let session = world.session(ada, "secret", 1).await?;
    assert_eq!(store.sessions().get(&bob, session.id).await?, None);
    let seen = store.sessions().list(&bob, 10, None).await?;
    assert_eq!((seen.items.len(), seen.total), (0, 0));
    let patch = SessionPatch { name: Some("stolen".into()), ..SessionPatch::default() };
    assert_eq!(write!(store, tx => tx.sessions().update(&bob, session.id, patch, at(2)).await)?, None);
    assert!(!write!(store, tx => tx.sessions().delete(&bob, session.id).await)?);
    assert_eq!(present(store.sessions().get(&Scope::system(), session.id).await?)?, session);
    assert_eq!(store.sessions().list(&Scope::system(), 10, None).await?.items, [session]);
    Ok(())
}

async fn needs_an_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    refused(world.session(Scope::system(), "nobody's", 1).await, ErrorKind::NotFound);
    Ok(())
}

async fn leaves_its_conversations_behind(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let session = world.session(ada, "Maths", 1).await?;
    let conversation = world.conversation_in(ada, Some(session.id), "t", 1).await?;
    assert!(write!(store, tx => tx.sessions().delete(&ada, session.id).await)?);
    assert!(!write!(store, tx => tx.sessions().delete(&ada, session.id).await)?);
    assert_eq!(world.head(ada, conversation.id).await?.session_id, None);
    Ok(())
}
