use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    ports::store::WriteIdempotency,
    types::{Claim, ClaimState, IdempotencyKey},
};
use uuid::Uuid;

use crate::{
    db::{Db, column, require_system},
    error::Attempt,
    run::On,
    unit::UnitConnection,
};

/// Keys forgotten at once at most.
const MAX_PRUNED: i64 = 10_000;

/// Of two units that claim the same key at the same time the second waits here for the end of the first.
async fn claim(db: &mut Db, user: Uuid, key: IdempotencyKey) -> Attempt<Claim> {
    let (hash, at) = (db.blind(key.request_hash)?, key.at.to_utc());
    let (sealed, hash) = (db.seal_label(&key.key, column::IDEMPOTENCY_KEY)?, hash.as_slice());
    let claimed = sqlx::query_file!("sql/idempotency/claim.sql", user, &*sealed, hash, key.resource_id, at)
        .execute(db.connection())
        .await?;
    if claimed.rows_affected() > 0 {
        return Ok(Claim::New);
    }
    let seen = sqlx::query_file!("sql/idempotency/seen.sql", user, &*sealed).fetch_optional(db.connection()).await?;
    let seen = seen.ok_or_else(|| Error::internal("a claimed key vanished within its transaction"))?;
    if seen.request_hash != hash {
        return Ok(Claim::Mismatch);
    }
    let state = if seen.finished { ClaimState::Finished } else { ClaimState::Started };
    Ok(Claim::Seen { resource_id: seen.resource_id, state })
}

async fn finish(db: &mut Db, user: Uuid, key: String, resource: Uuid) -> Attempt<()> {
    let key = db.seal_label(&key, column::IDEMPOTENCY_KEY)?.into_owned();
    sqlx::query_file!("sql/idempotency/finish.sql", user, key, resource).execute(db.connection()).await?;
    Ok(())
}

async fn prune(db: &mut Db, scope: Scope, before: Timestamp) -> Attempt<u64> {
    require_system(scope)?;
    let pruned = sqlx::query_file!("sql/idempotency/prune.sql", before.to_utc(), MAX_PRUNED);
    Ok(pruned.execute(db.connection()).await?.rows_affected())
}

#[async_trait]
impl WriteIdempotency for On<UnitConnection> {
    async fn claim(&self, scope: &Scope, key: IdempotencyKey) -> Result<Claim> {
        let user = *scope.user().as_uuid();
        self.0.write(scope, move |db| Box::pin(claim(db, user, key))).await
    }

    async fn finish(&self, scope: &Scope, key: &str, resource_id: Uuid) -> Result<()> {
        let (user, key) = (*scope.user().as_uuid(), key.to_owned());
        self.0.write(scope, move |db| Box::pin(finish(db, user, key, resource_id))).await
    }

    async fn prune(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(prune(db, scope, before))).await
    }
}
