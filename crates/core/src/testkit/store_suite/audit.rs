use super::{
    checks,
    world::{World, at},
    write,
};
use crate::{
    Json, Result, Scope,
    ports::{Ids, Store},
    types::AuditEntry,
};

checks![is_read_newest_first_by_its_actor];

async fn is_read_newest_first_by_its_actor(store: &dyn Store) -> Result<()> {
    let world = World::new(store);
    let (ada, bob) = (world.user("ada").await?, world.user("bob").await?);
    let mut made = Vec::new();
    for (scope, second) in [(ada, 1), (ada, 2), (bob, 2), (Scope::system(), 3)] {
        let id = world.ids.next();
        let detail = Some(Json::encode(&second)?);
        let entry = AuditEntry { id, at: at(second), act: "conversation.erase", object: "c".into(), detail };
        made.push(id);
        write!(store, tx => tx.audit().record(&scope, entry).await)?;
    }
    let hers = store.audit().list(&ada, 1, None).await?;
    assert_eq!((hers.items[0].id, hers.total), (made[1], 2));
    assert_eq!(hers.items[0].actor, ada.user().to_string());
    assert_eq!((hers.items[0].act.as_str(), hers.items[0].object.as_str()), ("conversation.erase", "c"));
    assert_eq!(hers.items[0].detail, Some(Json::encode(&2)?));
    let rest = store.audit().list(&ada, 1, hers.next).await?;
    assert_eq!((rest.items[0].id, rest.next), (made[0], None));

    let all = store.audit().list(&Scope::system(), 10, None).await?;
    assert_eq!(all.items.iter().map(|record| record.id).collect::<Vec<_>>(), [made[3], made[2], made[1], made[0]]);
    assert_eq!((all.items[0].actor.as_str(), all.total), ("system", 4));
    Ok(())
}
