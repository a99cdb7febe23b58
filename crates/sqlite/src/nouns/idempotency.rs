use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    ports::store::WriteIdempotency,
    types::{Claim, ClaimState, IdempotencyKey},
};
use rusqlite::params;
use uuid::Uuid;

use crate::{
    db::{Db, column, id, require_system},
    error::Attempt,
    row,
    run::On,
    unit::UnitConnection,
};

const CLAIM: &str = include_str!("../../sql/idempotency/claim.sql");
const SEEN: &str = include_str!("../../sql/idempotency/seen.sql");
const FINISH: &str = include_str!("../../sql/idempotency/finish.sql");
const PRUNE: &str = include_str!("../../sql/idempotency/prune.sql");

/// Keys forgotten at once at most.
const MAX_PRUNED: u32 = 10_000;

fn claim(db: &Db, scope: &Scope, key: &IdempotencyKey) -> Attempt<Claim> {
    let user = id(scope.user().as_uuid());
    let (sealed, hash) = (db.seal_label(&key.key, column::IDEMPOTENCY_KEY)?, db.blind(key.request_hash)?);
    let params = params![user, sealed, hash, id(&key.resource_id), key.at.as_micros()];
    if db.execute(CLAIM, params)? > 0 {
        return Ok(Claim::New);
    }
    let seen = db.first(SEEN, params![user, sealed], |row| {
        if row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)? != hash {
            return Ok(Claim::Mismatch);
        }
        let state = if row.get::<_, bool>(2)? { ClaimState::Finished } else { ClaimState::Started };
        Ok(Claim::Seen { resource_id: row::uuid(row, 1)?, state })
    })?;
    seen.ok_or_else(|| Error::internal("a claimed key vanished within its transaction").into())
}

fn finish(db: &Db, scope: &Scope, key: &str, resource: &Uuid) -> Attempt<()> {
    let key = db.seal_label(key, column::IDEMPOTENCY_KEY)?;
    db.execute(FINISH, params![id(scope.user().as_uuid()), key, id(resource)])?;
    Ok(())
}

#[async_trait]
impl WriteIdempotency for On<UnitConnection> {
    async fn claim(&self, scope: &Scope, key: IdempotencyKey) -> Result<Claim> {
        self.0.write(|db| claim(db, scope, &key))
    }

    async fn finish(&self, scope: &Scope, key: &str, resource_id: Uuid) -> Result<()> {
        self.0.write(|db| finish(db, scope, key, &resource_id))
    }

    async fn prune(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        self.0.write(|db| {
            require_system(scope)?;
            Ok(db.execute(PRUNE, params![before.as_micros(), MAX_PRUNED])? as u64)
        })
    }
}
