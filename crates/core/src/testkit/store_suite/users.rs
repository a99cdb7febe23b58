use super::{
    checks,
    world::{World, at, forbidden, present, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope,
    ports::Store,
    types::{NewUser, UserRole},
};

checks![is_found_by_id_and_by_name, name_is_unique, sees_only_themselves, only_the_system_adds_and_looks_up_names];

async fn is_found_by_id_and_by_name(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let new = NewUser { id: world.id(), name: "ada".into(), role: UserRole::Admin, created_at: at(3) };
    let given = new.clone();
    let stored = write!(store, tx => tx.users().insert(&Scope::system(), given).await)?;
    assert_eq!(
        (stored.id, &stored.name, stored.role, stored.created_at),
        (new.id, &new.name, new.role, new.created_at)
    );
    assert_eq!(stored.time_zone, "UTC");
    assert_eq!(present(store.users().get(&Scope::of(new.id), new.id).await?)?, stored);
    assert_eq!(present(store.users().by_name(&Scope::system(), "ada").await?)?, stored);
    assert_eq!(store.users().by_name(&Scope::system(), "Ada").await?, None);
    Ok(())
}

async fn name_is_unique(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    world.user("ada").await?;
    refused(world.user("ada").await, ErrorKind::Conflict);
    Ok(())
}

async fn sees_only_themselves(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    assert_eq!(store.users().get(&ada, bob.user()).await?, None);
    assert!(store.users().get(&Scope::system(), bob.user()).await?.is_some());
    Ok(())
}

async fn only_the_system_adds_and_looks_up_names(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    forbidden(store.users().by_name(&ada, "ada").await);
    let new = NewUser { id: world.id(), name: "eve".into(), role: UserRole::Admin, created_at: at(0) };
    forbidden(write!(store, tx => tx.users().insert(&ada, new).await));
    Ok(())
}
