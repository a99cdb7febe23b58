//! Keys of encryption at rest, and sealing anew what is stored.
//!
//! Statements on tables with sealed columns are made from core's list of them, as those of a transfer are.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Result, Scope,
    ports::{
        SealedTable,
        store::{ReadSealing, WriteSealing},
        transfer::{Cell, Portion, Row},
    },
    types::{KeyId, Resealed, SealingPhase, StoredKey},
};
use sqlx::AssertSqlSafe;

use crate::{
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    transfer::{cells, statements},
    unit::UnitConnection,
};

/// What is sealed anew in one unit.
const AT_ONCE: Portion = Portion { rows: 200, bytes: 1 << 20 };

/// A key as it is stored: its name, the secret, the phase, since when.
type KeyRow = (Vec<u8>, Vec<u8>, String, DateTime<Utc>);

async fn keys(db: &mut Db, scope: Scope) -> Attempt<Vec<StoredKey>> {
    require_system(scope)?;
    let sql = include_str!("../../sql/sealing/keys.sql");
    let found: Vec<KeyRow> = sqlx::query_as(sql).fetch_all(db.connection()).await?;
    let decode = |(id, secret, phase, since): KeyRow| {
        Ok(StoredKey {
            id: KeyId(id.try_into().map_err(|_| row::undecodable("a key"))?),
            secret,
            phase: row::word(&phase, SealingPhase::parse)?,
            since: row::time(since),
        })
    };
    found.into_iter().map(decode).collect()
}

async fn count(db: &mut Db, scope: Scope, sealed: &'static SealedTable) -> Attempt<u64> {
    require_system(scope)?;
    let sql = AssertSqlSafe(statements::count(&sealed.table));
    Ok(row::count(sqlx::query_scalar::<_, i64>(sql).fetch_one(db.connection()).await?))
}

async fn add(db: &mut Db, scope: Scope, key: StoredKey) -> Attempt<()> {
    require_system(scope)?;
    let StoredKey { id, secret, phase, since } = key;
    sqlx::query(include_str!("../../sql/sealing/add.sql"))
        .bind(id.0.to_vec())
        .bind(secret)
        .bind(phase.as_str())
        .bind(since.to_utc())
        .execute(db.connection())
        .await?;
    Ok(())
}

async fn set_phase(db: &mut Db, scope: Scope, phase: SealingPhase) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query(include_str!("../../sql/sealing/set_phase.sql")).bind(phase.as_str()).execute(db.connection()).await?;
    Ok(())
}

async fn remove(db: &mut Db, scope: Scope, key: KeyId) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query(include_str!("../../sql/sealing/remove.sql")).bind(key.0.to_vec()).execute(db.connection()).await?;
    Ok(())
}

async fn recount_bytes(db: &mut Db, scope: Scope) -> Attempt<()> {
    require_system(scope)?;
    let totals = sqlx::query_file!("sql/stats/totals.sql").fetch_one(db.connection()).await?;
    db.allow_for_rows(row::count(totals.messages) + row::count(totals.memories)).await?;
    sqlx::query_file!("sql/stats/recount_bytes.sql").execute(db.connection()).await?;
    Ok(())
}

async fn reseal(
    db: &mut Db,
    scope: Scope,
    sealed: &'static SealedTable,
    after: Option<Vec<Cell>>,
) -> Attempt<Resealed<Vec<Cell>>> {
    require_system(scope)?;
    let table = &sealed.table;
    let query = sqlx::query(AssertSqlSafe(statements::read(table, after.is_some(), AT_ONCE)));
    let found = cells::bind_key(query, after.unwrap_or_default())?.fetch_all(db.connection()).await?;
    let found: Vec<Row> = found.iter().map(|row| cells::row(table.columns, row)).collect::<Attempt<_>>()?;
    let last = found.last().map(|row| row[..table.key].to_vec());
    let (rows, mut changed) = (found.len() as u64, 0);
    let update = statements::replace(sealed);
    for row in found {
        let Some(renewed) = db.sealer().renew(&sealed.values(&row))? else { continue };
        let query = sqlx::query(AssertSqlSafe(update.as_str()));
        let query = cells::bind_row(query, sealed.sealed.iter().map(|(at, ..)| table.columns[*at].1), renewed)?;
        let query = cells::bind_row(query, table.columns.iter().map(|(_, kind)| *kind), row)?;
        changed += query.execute(db.connection()).await?.rows_affected();
    }
    Ok(Resealed { rows, changed, last })
}

#[async_trait]
impl<R: Run> ReadSealing for On<R> {
    async fn keys(&self, scope: &Scope) -> Result<Vec<StoredKey>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(keys(db, scope))).await
    }

    async fn count(&self, scope: &Scope, table: &'static SealedTable) -> Result<u64> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(count(db, scope, table))).await
    }
}

#[async_trait]
impl WriteSealing for On<UnitConnection> {
    async fn add(&self, scope: &Scope, key: StoredKey) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(add(db, scope, key))).await
    }

    async fn set_phase(&self, scope: &Scope, phase: SealingPhase) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(set_phase(db, scope, phase))).await
    }

    async fn remove(&self, scope: &Scope, key: KeyId) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(remove(db, scope, key))).await
    }

    async fn recount_bytes(&self, scope: &Scope) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(recount_bytes(db, scope))).await
    }

    async fn reseal(
        &self,
        scope: &Scope,
        table: &'static SealedTable,
        after: Option<Vec<Cell>>,
    ) -> Result<Resealed<Vec<Cell>>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(reseal(db, scope, table, after))).await
    }
}
