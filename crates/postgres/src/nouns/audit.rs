use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    ErrorKind, Json, Result, Scope,
    ports::store::{ReadAudit, WriteAudit},
    types::{AuditEntry, AuditRecord, Cursor, Page},
};
use uuid::Uuid;

use super::{one_more, page};
use crate::{
    db::{Db, owner},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

struct AuditRow {
    id: Uuid,
    at: DateTime<Utc>,
    user_id: Option<Uuid>,
    act: String,
    object: String,
    detail: Option<String>,
}

fn decode(row: AuditRow) -> Attempt<AuditRecord> {
    Ok(AuditRecord {
        id: row.id,
        at: row::time(row.at),
        actor: row.user_id.map_or_else(|| "system".to_owned(), |user| user.to_string()),
        act: row.act,
        object: row.object,
        detail: row.detail.map(Json::from_text).transpose()?,
    })
}

async fn list(db: &mut Db, scope: Scope, limit: u32, after: Option<Cursor>) -> Attempt<Page<AuditRecord>> {
    db.snapshot().await?;
    let (at, before) = row::start(after);
    let rows = one_more(limit);
    let (rows, total) = if let Some(user) = owner(scope) {
        (
            sqlx::query_file_as!(AuditRow, "sql/audit/list.sql", user, at, before, rows)
                .fetch_all(db.connection())
                .await?,
            sqlx::query_file_scalar!("sql/audit/count.sql", user).fetch_one(db.connection()).await?,
        )
    } else {
        (
            sqlx::query_file_as!(AuditRow, "sql/audit/list_all.sql", at, before, rows)
                .fetch_all(db.connection())
                .await?,
            sqlx::query_file_scalar!("sql/audit/count_all.sql").fetch_one(db.connection()).await?,
        )
    };
    let items = rows.into_iter().map(decode).collect::<Attempt<_>>()?;
    Ok(page(items, limit, row::count(total), |last: &AuditRecord| Cursor { at: last.at, id: last.id }))
}

async fn record(db: &mut Db, scope: Scope, entry: AuditEntry) -> Attempt<()> {
    let detail = entry.detail.as_ref().map(Json::as_str);
    let (at, user) = (entry.at.to_utc(), owner(scope));
    let added = sqlx::query_file!("sql/audit/insert.sql", entry.id, at, user, entry.act, entry.object, detail)
        .execute(db.connection())
        .await?;
    match added.rows_affected() {
        0 => Err(ErrorKind::Conflict.error("this act is noted already; use another id").into()),
        _ => Ok(()),
    }
}

#[async_trait]
impl<R: Run> ReadAudit for On<R> {
    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<AuditRecord>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope, limit, after))).await
    }
}

#[async_trait]
impl WriteAudit for On<UnitConnection> {
    async fn record(&self, scope: &Scope, entry: AuditEntry) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(record(db, scope, entry))).await
    }
}
