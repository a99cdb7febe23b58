//! Keys of encryption at rest, and sealing anew what is stored.

use async_trait::async_trait;
use jarvis_core::{
    ErrorKind, Result, Scope,
    ports::{
        SealedTable,
        store::{ReadSealing, WriteSealing},
        transfer::{Cell, Portion},
    },
    types::{KeyId, Resealed, SealingPhase, StoredKey},
};
use rusqlite::{params, params_from_iter};

use super::stats;
use crate::{
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    transfer::rows::{self, Bound},
    unit::UnitConnection,
};

const KEYS: &str = include_str!("../../sql/sealing/keys.sql");
const ADD: &str = include_str!("../../sql/sealing/add.sql");
const SET_PHASE: &str = include_str!("../../sql/sealing/set_phase.sql");
const REMOVE: &str = include_str!("../../sql/sealing/remove.sql");

/// What is sealed anew in one unit: other writers wait no longer than for this.
const AT_ONCE: Portion = Portion { rows: 200, bytes: 1 << 20 };

fn keys(db: &Db) -> Attempt<Vec<StoredKey>> {
    let unknown = || ErrorKind::Corrupt.error("the database holds an encryption key that this version does not know");
    db.all(KEYS, [], |row| {
        let phase: String = row.get(2)?;
        Ok(StoredKey {
            id: KeyId(row.get(0)?),
            secret: row.get(1)?,
            phase: SealingPhase::parse(&phase).ok_or_else(unknown)?,
            since: row::time(row, 3)?,
        })
    })
}

fn count(db: &Db, SealedTable { table, .. }: &SealedTable) -> Attempt<u64> {
    let sql = format!("SELECT count(*) FROM {}", table.name);
    Ok(db.connection.prepare_cached(&sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

fn reseal(db: &Db, sealed: &'static SealedTable, after: Option<&[Cell]>) -> Attempt<Resealed<Vec<Cell>>> {
    let table = &sealed.table;
    let found = rows::read(&db.connection, table, after, AT_ONCE)?;
    let last = found.last().map(|row| row[..table.key].to_vec());
    let set: Vec<String> = sealed.sealed.iter().map(|(at, ..)| format!("{} = ?", table.columns[*at].0)).collect();
    let key: Vec<String> = table.key_columns().iter().map(|(name, _)| format!("{name} = ?")).collect();
    let sql = format!("UPDATE {} SET {} WHERE {}", table.name, set.join(", "), key.join(" AND "));
    let mut update = db.connection.prepare_cached(&sql)?;
    let (rows, mut changed) = (found.len() as u64, 0);
    for row in found {
        if let Some(renewed) = db.renew(&sealed.values(&row))? {
            changed += update.execute(params_from_iter(renewed.iter().chain(&row[..table.key]).map(Bound)))? as u64;
        }
    }
    Ok(Resealed { rows, changed, last })
}

#[async_trait]
impl<R: Run> ReadSealing for On<R> {
    async fn keys(&self, scope: &Scope) -> Result<Vec<StoredKey>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                keys(db)
            })
            .await
    }

    async fn count(&self, scope: &Scope, table: &'static SealedTable) -> Result<u64> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                count(db, table)
            })
            .await
    }
}

#[async_trait]
impl WriteSealing for On<UnitConnection> {
    async fn add(&self, scope: &Scope, key: StoredKey) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            let StoredKey { id, secret, phase, since } = key;
            db.execute(ADD, params![id.0, secret, phase.as_str(), since.as_micros()]).map(drop)
        })
    }

    async fn set_phase(&self, scope: &Scope, phase: SealingPhase) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(SET_PHASE, [phase.as_str()]).map(drop)
        })
    }

    async fn remove(&self, scope: &Scope, key: KeyId) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(REMOVE, [key.0]).map(drop)
        })
    }

    async fn recount_bytes(&self, scope: &Scope) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            stats::recount_bytes(db)
        })
    }

    async fn reseal(
        &self,
        scope: &Scope,
        table: &'static SealedTable,
        after: Option<Vec<Cell>>,
    ) -> Result<Resealed<Vec<Cell>>> {
        self.0.write(|db| {
            require_system(scope)?;
            reseal(db, table, after.as_deref())
        })
    }
}
