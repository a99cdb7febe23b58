use async_trait::async_trait;
use jarvis_core::{
    Json, Result, Scope,
    ports::store::{ReadAudit, WriteAudit},
    types::{AuditEntry, AuditRecord, Cursor, Page},
};
use rusqlite::{Row, params};

use super::{one_more, page};
use crate::{
    db::{Db, id, owner},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const INSERT: &str = include_str!("../../sql/audit/insert.sql");
const LIST: &str = include_str!("../../sql/audit/list.sql");
const LIST_ALL: &str = include_str!("../../sql/audit/list_all.sql");
const COUNT: &str = include_str!("../../sql/audit/count.sql");
const COUNT_ALL: &str = include_str!("../../sql/audit/count_all.sql");

fn decode(row: &Row<'_>) -> Attempt<AuditRecord> {
    Ok(AuditRecord {
        id: row::uuid(row, 0)?,
        at: row::time(row, 1)?,
        actor: row::uuid_opt(row, 2)?.map_or_else(|| "system".to_owned(), |user| user.to_string()),
        act: row.get(3)?,
        object: row.get(4)?,
        detail: row.get::<_, Option<String>>(5)?.map(Json::from_text).transpose()?,
    })
}

fn list(db: &Db, scope: &Scope, limit: u32, after: Option<Cursor>) -> Attempt<Page<AuditRecord>> {
    let (at, before) = row::start(after);
    let rows = one_more(limit);
    let (items, total) = match owner(scope) {
        None => (db.all(LIST_ALL, params![at, before, rows], decode)?, db.number(COUNT_ALL, [])?),
        Some(user) => (db.all(LIST, params![user, at, before, rows], decode)?, db.number(COUNT, [user])?),
    };
    Ok(page(items, limit, total, |last| Cursor { at: last.at, id: last.id }))
}

fn record(db: &Db, scope: &Scope, entry: &AuditEntry) -> Attempt<()> {
    let detail = entry.detail.as_ref().map(Json::as_str);
    let params = params![id(&entry.id), entry.at.as_micros(), owner(scope), entry.act, entry.object, detail];
    db.execute(INSERT, params)?;
    Ok(())
}

#[async_trait]
impl<R: Run> ReadAudit for On<R> {
    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<AuditRecord>> {
        let scope = *scope;
        self.0.ask(move |db| db.snapshot(|db| list(db, &scope, limit, after))).await
    }
}

#[async_trait]
impl WriteAudit for On<UnitConnection> {
    async fn record(&self, scope: &Scope, entry: AuditEntry) -> Result<()> {
        self.0.write(|db| record(db, scope, &entry))
    }
}
