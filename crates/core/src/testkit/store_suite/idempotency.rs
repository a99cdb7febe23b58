use uuid::Uuid;

use super::{
    checks,
    world::{World, at, forbidden, refused},
    write,
};
use crate::{
    ErrorKind, Result, Scope,
    ports::{Ids, Store},
    types::{Claim, ClaimState, IdempotencyKey},
};

checks![
    first_claim_wins_and_repetitions_learn_what_it_made,
    keys_are_of_one_owner,
    claim_goes_with_its_unit,
    old_keys_are_forgotten,
];

fn key(resource_id: Uuid, body: u8, second: u64) -> IdempotencyKey {
    IdempotencyKey { key: "k-1".into(), request_hash: [body; 32], resource_id, at: at(second) }
}

async fn claim(store: &dyn Store, scope: Scope, key: IdempotencyKey) -> Result<Claim> {
    write!(store, tx => tx.idempotency().claim(&scope, key).await)
}

async fn first_claim_wins_and_repetitions_learn_what_it_made(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let resource_id = world.ids.next();
    assert_eq!(claim(store, ada, key(resource_id, 1, 1)).await?, Claim::New);
    let again = key(world.ids.next(), 1, 2);
    assert_eq!(claim(store, ada, again.clone()).await?, Claim::Seen { resource_id, state: ClaimState::Started });
    let made = world.ids.next();
    write!(store, tx => {
        tx.idempotency().finish(&ada, "unknown", resource_id).await?;
        tx.idempotency().finish(&ada, "k-1", made).await
    })?;
    assert_eq!(claim(store, ada, again).await?, Claim::Seen { resource_id: made, state: ClaimState::Finished });
    assert_eq!(claim(store, ada, key(resource_id, 2, 3)).await?, Claim::Mismatch);
    Ok(())
}

async fn keys_are_of_one_owner(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let resource_id = world.ids.next();
    assert_eq!(claim(store, ada, key(resource_id, 1, 1)).await?, Claim::New);
    assert_eq!(claim(store, bob, key(world.ids.next(), 1, 1)).await?, Claim::New);
    let his = world.ids.next();
    write!(store, tx => tx.idempotency().finish(&bob, "k-1", his).await)?;
    let hers = claim(store, ada, key(world.ids.next(), 1, 2)).await?;
    assert_eq!(hers, Claim::Seen { resource_id, state: ClaimState::Started });
    Ok(())
}

async fn claim_goes_with_its_unit(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    let lost = key(world.ids.next(), 1, 1);
    let outcome: Result<()> = write!(store, tx => {
        tx.idempotency().claim(&ada, lost).await?;
        Err(ErrorKind::Conflict.error("no"))
    });
    refused(outcome, ErrorKind::Conflict);
    assert_eq!(claim(store, ada, key(world.ids.next(), 2, 2)).await?, Claim::New);
    Ok(())
}

async fn old_keys_are_forgotten(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    claim(store, ada, key(world.ids.next(), 1, 10)).await?;
    claim(store, bob, key(world.ids.next(), 1, 20)).await?;
    forbidden(write!(store, tx => tx.idempotency().prune(&ada, at(20)).await));
    assert_eq!(write!(store, tx => tx.idempotency().prune(&Scope::system(), at(20)).await)?, 1);
    assert_eq!(claim(store, ada, key(world.ids.next(), 9, 30)).await?, Claim::New);
    assert_eq!(claim(store, bob, key(world.ids.next(), 9, 30)).await?, Claim::Mismatch);
    Ok(())
}
