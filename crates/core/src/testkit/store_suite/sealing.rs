use super::{
    checks,
    world::{World, at, forbidden},
    write,
};
use crate::{
    Result, Scope,
    ports::{SEALED_TABLES, Store},
    types::{KeyId, SealingPhase, StoredKey},
};

checks![keys_are_kept_until_they_are_removed, what_is_as_it_should_be_is_not_changed, is_for_the_system];

fn key(number: u8, phase: SealingPhase) -> StoredKey {
    StoredKey { id: KeyId([0, 255, 7, number]), secret: vec![number, 0, 255], phase, since: at(u64::from(number)) }
}

async fn keys_are_kept_until_they_are_removed(store: &dyn Store) -> Result<()> {
    let system = Scope::system();
    assert_eq!(store.sealing().keys(&system).await?, []);
    for number in [2, 1, 1] {
        write!(store, tx => tx.sealing().add(&system, key(number, SealingPhase::TurningOn)).await)?;
    }
    let other = StoredKey { secret: vec![9], ..key(1, SealingPhase::Sealed) };
    write!(store, tx => tx.sealing().add(&system, other).await)?;
    let (one, two) = (key(1, SealingPhase::TurningOn), key(2, SealingPhase::TurningOn));
    assert_eq!(store.sealing().keys(&system).await?, [one, two], "the newest last, and none is replaced");
    write!(store, tx => tx.sealing().set_phase(&system, SealingPhase::Sealed).await)?;
    write!(store, tx => tx.sealing().remove(&system, key(1, SealingPhase::Sealed).id).await)?;
    assert_eq!(store.sealing().keys(&system).await?, [key(2, SealingPhase::Sealed)]);
    Ok(())
}

async fn what_is_as_it_should_be_is_not_changed(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let talk = world.conversation(ada, "Lisbon", 1).await?;
    for number in 0..3 {
        world.say(ada, &talk, &format!("turn {number}")).await?;
    }
    world.remember(ada, world.memory("Likes trams", &[])).await?;
    for table in SEALED_TABLES {
        let count = store.sealing().count(&Scope::system(), table).await?;
        let (mut rows, mut after) = (0, None);
        loop {
            let step = write!(store, tx => tx.sealing().reseal(&Scope::system(), table, after).await)?;
            assert_eq!(step.changed, 0, "{}", table.table.name);
            rows += step.rows;
            after = step.last;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(rows, count, "{}", table.table.name);
    }
    Ok(())
}

async fn is_for_the_system(store: &dyn Store) -> Result<()> {
    let ada = World::new(store).user("ada").await?;
    let (one, table) = (key(1, SealingPhase::Sealed), &SEALED_TABLES[0]);
    let id = one.id;
    forbidden(store.sealing().keys(&ada).await);
    forbidden(store.sealing().count(&ada, table).await);
    forbidden(write!(store, tx => tx.sealing().add(&ada, one).await));
    forbidden(write!(store, tx => tx.sealing().set_phase(&ada, SealingPhase::Sealed).await));
    forbidden(write!(store, tx => tx.sealing().remove(&ada, id).await));
    forbidden(write!(store, tx => tx.sealing().reseal(&ada, table, None).await));
    Ok(())
}
