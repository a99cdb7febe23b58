use super::{
    checks,
    world::{World, at, forbidden, refused},
    write,
};
use uuid::Uuid;

use crate::{
    ErrorKind, Json, Result, Scope,
    policy::audit_chain::{Break, Verifier},
    ports::{Ids, Store},
    types::{AuditDetail, AuditEntry, AuditHash, AuditHead, AuditQuery, AuditRecord},
};

checks![
    is_read_newest_first_and_by_what_is_asked_for,
    is_numbered_without_gaps_and_chained,
    an_act_that_is_undone_leaves_no_gap,
    units_that_write_at_once_make_one_chain,
    what_it_tells_of_a_person_goes_with_them_and_the_chain_stays,
    is_for_the_system_only,
];

/// An act at a second.
pub(super) fn entry(world: &World<'_>, act: &'static str, object: &str, second: u64) -> AuditEntry {
    audit_entry(world.ids.next(), act, object, second)
}

/// An act at a second of a test's own.
#[expect(clippy::expect_used, reason = "for tests only, and a number is always encoded")]
pub fn audit_entry(id: Uuid, act: &'static str, object: &str, second: u64) -> AuditEntry {
    let detail = AuditDetail { after: Json::encode(&second).ok(), ..AuditDetail::default() };
    let detail = Json::encode(&detail).expect("a detail");
    let (via, object) = ("key:k".to_owned(), object.to_owned());
    AuditEntry { id, at: at(second), via, act, object, subject: None, detail, salt: [7; 16] }
}

async fn record(store: &dyn Store, scope: Scope, entry: AuditEntry) -> Result<()> {
    write!(store, tx => tx.audit().record(&scope, entry).await)
}

async fn all(store: &dyn Store) -> Result<Vec<AuditRecord>> {
    store.audit().entries(&Scope::system(), 0, 1_000).await
}

/// Where the trail of a store is broken; none when it is whole.
pub async fn audit_break(store: &dyn Store) -> Result<Option<Break>> {
    let mut verifier = Verifier::default();
    for record in all(store).await? {
        if let Some(broken) = verifier.look(&record) {
            return Ok(Some(broken));
        }
    }
    Ok(verifier.end(store.audit().head(&Scope::system()).await?))
}

async fn is_read_newest_first_and_by_what_is_asked_for(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob, system) = (world.user("ada").await?, world.user("bob").await?, Scope::system());
    let made = [(ada, "a.one", "x", 1), (ada, "a.two", "y", 2), (bob, "a.one", "y", 2), (system, "a.two", "x", 3)];
    for (scope, act, object, second) in made {
        record(store, scope, entry(&world, act, object, second)).await?;
    }
    let found = async |query: AuditQuery| -> Result<Vec<u64>> {
        let found = store.audit().list(&Scope::system(), &AuditQuery { limit: 10, ..query }).await?;
        Ok(found.iter().map(|record| record.seq).collect())
    };
    let some = |text: &str| Some(text.to_owned());
    let any = AuditQuery::default;
    assert_eq!(found(any()).await?, [4, 3, 2, 1]);
    assert_eq!(found(AuditQuery { actor: Some(ada.user()), ..any() }).await?, [2, 1]);
    assert_eq!(found(AuditQuery { actor: Some(ada.user()), act: some("a.two"), ..any() }).await?, [2]);
    assert_eq!(found(AuditQuery { act: some("a.one"), ..any() }).await?, [3, 1]);
    assert_eq!(found(AuditQuery { object: some("x"), ..any() }).await?, [4, 1]);
    let hers = AuditQuery { object: some("x"), actor: Some(ada.user()), act: some("a.one"), ..any() };
    assert_eq!(found(hers).await?, [1]);
    assert_eq!(found(AuditQuery { from: Some(at(2)), to: Some(at(3)), ..any() }).await?, [3, 2]);

    let newest = store.audit().list(&Scope::system(), &AuditQuery { limit: 2, ..any() }).await?;
    assert_eq!(newest.len(), 2);
    assert_eq!((newest[0].actor, newest[0].actor_name.as_deref()), (None, None));
    assert_eq!((newest[1].actor, newest[1].actor_name.as_deref()), (Some(bob.user()), Some("bob")));
    let told = |record: &AuditRecord| record.detail.told().map(|detail| detail.as_str().to_owned());
    assert_eq!(told(&newest[0]).as_deref(), Some(r#"{"after":3}"#));
    assert_eq!(found(AuditQuery { before: Some(newest[1].id), ..any() }).await?, [2, 1]);
    assert_eq!(found(AuditQuery { before: Some(world.ids.next()), ..any() }).await?, [0; 0], "of no entry");
    Ok(())
}

async fn is_numbered_without_gaps_and_chained(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let head = store.audit().head(&Scope::system()).await?;
    assert_eq!(head, AuditHead { seq: 0, hash: Some(AuditHash::GENESIS) });
    assert_eq!(audit_break(store).await?, None, "nothing is whole");
    let ada = world.user("ada").await?;
    let several = [1, 2, 3].map(|second| entry(&world, "a", "o", second));
    write!(store, tx => {
        for one in several {
            tx.audit().record(&ada, one).await?;
        }
        Ok(())
    })?;
    record(store, Scope::system(), AuditEntry { subject: Some(ada.user()), ..entry(&world, "b", "é", 4) }).await?;
    let found = all(store).await?;
    assert_eq!(found.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(found[0].previous_hash, Some(AuditHash::GENESIS));
    assert!(found.windows(2).all(|two| two[1].previous_hash == two[0].hash));
    assert_eq!((found[3].subject, found[3].subject_name.as_deref()), (Some(ada.user()), Some("ada")));
    assert_eq!((found[0].subject, &found[0].subject_name), (None, &None));
    let about = AuditQuery { limit: 10, subject: Some(ada.user()), ..AuditQuery::default() };
    assert_eq!(store.audit().list(&Scope::system(), &about).await?, found[3..]);
    let hers = AuditQuery { actor: Some(ada.user()), ..about.clone() };
    assert_eq!(store.audit().list(&Scope::system(), &hers).await?, []);
    let named = AuditQuery { object: Some("é".into()), act: Some("b".into()), ..about };
    assert_eq!(store.audit().list(&Scope::system(), &named).await?, found[3..]);
    let head = store.audit().head(&Scope::system()).await?;
    assert_eq!(head, AuditHead { seq: 4, hash: found[3].hash });
    assert_eq!(audit_break(store).await?, None);
    let again = write!(store, tx => tx.audit().chain_older(&Scope::system()).await)?;
    assert_eq!(again, 0, "nothing is older");
    Ok(())
}

async fn an_act_that_is_undone_leaves_no_gap(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    record(store, Scope::system(), entry(&world, "a", "kept", 1)).await?;
    let undone = entry(&world, "a", "undone", 2);
    let outcome: Result<()> = write!(store, tx => {
        tx.audit().record(&Scope::system(), undone).await?;
        Err(ErrorKind::Invalid.error("no"))
    });
    refused(outcome, ErrorKind::Invalid);
    record(store, Scope::system(), entry(&world, "a", "kept too", 3)).await?;
    let objects: Vec<String> = all(store).await?.into_iter().map(|record| record.object).collect();
    assert_eq!(objects, ["kept", "kept too"]);
    assert_eq!(audit_break(store).await?, None);
    Ok(())
}

async fn units_that_write_at_once_make_one_chain(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let entries = (0..40).map(|second| record(store, Scope::system(), entry(&world, "a", "o", second)));
    futures_util::future::try_join_all(entries).await?;
    assert_eq!(all(store).await?.len(), 40);
    assert_eq!(audit_break(store).await?, None);
    Ok(())
}

async fn what_it_tells_of_a_person_goes_with_them_and_the_chain_stays(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    record(store, ada, entry(&world, "a.hers", "o", 1)).await?;
    record(store, bob, AuditEntry { subject: Some(ada.user()), ..entry(&world, "a.about_her", "o", 2) }).await?;
    record(store, bob, entry(&world, "a.his", "o", 3)).await?;
    let asked = AuditEntry { subject: Some(ada.user()), ..entry(&world, "data.erase_requested", "o", 4) };
    record(store, bob, asked).await?;
    let user = ada.user();
    while write!(store, tx => tx.erasures().remove_some(&Scope::system(), user).await)?.is_some() {}
    let told: Vec<bool> = all(store).await?.iter().map(|record| record.detail.told().is_some()).collect();
    assert_eq!(told, [false, false, true, false]);
    assert_eq!(audit_break(store).await?, None);
    record(store, bob, entry(&world, "a.later", "o", 5)).await?;
    assert_eq!(audit_break(store).await?, None);
    Ok(())
}

async fn is_for_the_system_only(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let ada = world.user("ada").await?;
    forbidden(store.audit().list(&ada, &AuditQuery { limit: 1, ..AuditQuery::default() }).await);
    forbidden(store.audit().entries(&ada, 0, 1).await);
    forbidden(store.audit().head(&ada).await);
    Ok(())
}
