//! Finding memories.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Result, Scope, Timestamp,
    id::{MemoryId, MessageId},
    ports::store::ReadMemories,
    types::{Correction, Cursor, Memory, MemoryKind, MemoryQuery, Page},
};
use std::collections::HashMap;
use uuid::Uuid;

use super::{
    super::{check_ids, one_more, page},
    MemoryRow, content_key, decode, get,
};
use crate::{
    db::{Db, column, owner},
    error::Attempt,
    row,
    run::{On, Run},
};

async fn list(db: &mut Db, scope: Scope, query: MemoryQuery) -> Attempt<Page<Memory>> {
    db.snapshot().await?;
    let (at, before) = row::start(query.after);
    let rows = one_more(query.limit);
    let now = query.now.to_utc();
    let kind = query.kind.map(MemoryKind::as_str);
    let MemoryQuery { category, superseded, expired, pinned, .. } = query;
    let category = category.as_deref().map(|category| db.seal_label(category, column::MEMORY_CATEGORY)).transpose()?;
    let category = category.as_deref();
    let (rows, total) = if let Some(user) = owner(scope) {
        (
            sqlx::query_file_as!(
                MemoryRow,
                "sql/memories/list.sql",
                user,
                at,
                before,
                superseded,
                expired,
                now,
                kind,
                category,
                pinned,
                rows,
            )
            .fetch_all(db.connection())
            .await?,
            sqlx::query_file_scalar!("sql/memories/count.sql", user, superseded, expired, now, kind, category, pinned,)
                .fetch_one(db.connection())
                .await?,
        )
    } else {
        (
            sqlx::query_file_as!(
                MemoryRow,
                "sql/memories/list_all.sql",
                at,
                before,
                superseded,
                expired,
                now,
                kind,
                category,
                pinned,
                rows,
            )
            .fetch_all(db.connection())
            .await?,
            sqlx::query_file_scalar!("sql/memories/count_all.sql", superseded, expired, now, kind, category, pinned)
                .fetch_one(db.connection())
                .await?,
        )
    };
    let items = rows.into_iter().map(|row| decode(db, row)).collect::<Attempt<_>>()?;
    Ok(page(items, query.limit, row::count(total), |last: &Memory| Cursor {
        at: last.created_at,
        id: *last.id.as_uuid(),
    }))
}

/// Those of `ids` that the owner has, in the order asked; only those current at `now`, if it is given.
async fn find(db: &mut Db, owner: Option<Uuid>, ids: &[MemoryId], now: Option<DateTime<Utc>>) -> Attempt<Vec<Memory>> {
    let ids: Vec<Uuid> = ids.iter().map(|memory| *memory.as_uuid()).collect();
    let found = sqlx::query_file_as!(MemoryRow, "sql/memories/hydrate.sql", &ids, owner, now)
        .fetch_all(db.connection())
        .await?;
    found.into_iter().map(|row| decode(db, row)).collect()
}

async fn hydrate(db: &mut Db, scope: Scope, ids: Vec<MemoryId>, now: Timestamp) -> Attempt<Vec<Memory>> {
    check_ids(ids.len())?;
    find(db, owner(scope), &ids, Some(now.to_utc())).await
}

async fn same_content(db: &mut Db, scope: Scope, content: String, now: Timestamp) -> Attempt<Option<Memory>> {
    let (user, key) = (scope.user(), content_key(db, &content)?);
    let found =
        sqlx::query_file_as!(MemoryRow, "sql/memories/same_content.sql", user.as_uuid(), key.as_slice(), now.to_utc(),)
            .fetch_optional(db.connection())
            .await?;
    found.map(|row| decode(db, row)).transpose()
}

/// What each message told that was corrected later. Hot: asked at every recall, and mostly about messages that told
/// nothing of the kind, so the memories themselves are a second question.
async fn corrections(db: &mut Db, scope: Scope, messages: Vec<MessageId>, now: Timestamp) -> Attempt<Vec<Correction>> {
    check_ids(messages.len())?;
    let owner = owner(scope);
    let asked: Vec<Uuid> = messages.iter().map(|message| *message.as_uuid()).collect();
    let pairs = sqlx::query_file!("sql/memories/corrections.sql", &asked, owner, now.to_utc())
        .fetch_all(db.connection())
        .await?;
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<MemoryId> = pairs.iter().flat_map(|pair| [pair.was.into(), pair.now.into()]).collect();
    let found = find(db, owner, &ids, None).await?;
    let found: HashMap<Uuid, Memory> = found.into_iter().map(|memory| (*memory.id.as_uuid(), memory)).collect();
    let corrected = pairs.into_iter().filter_map(|pair| {
        let (was, now) = (found.get(&pair.was)?.clone(), found.get(&pair.now)?.clone());
        Some(Correction { message_id: pair.message_id.into(), was, now })
    });
    Ok(corrected.collect())
}

#[async_trait]
impl<R: Run> ReadMemories for On<R> {
    async fn get(&self, scope: &Scope, memory: MemoryId) -> Result<Option<Memory>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, owner(scope), memory))).await
    }

    async fn list(&self, scope: &Scope, query: &MemoryQuery) -> Result<Page<Memory>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(scope, move |db| Box::pin(list(db, scope, query.clone()))).await
    }

    async fn hydrate(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<Vec<Memory>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.0.ask(scope, move |db| Box::pin(hydrate(db, scope, ids.clone(), now))).await
    }

    async fn same_content(&self, scope: &Scope, content: &str, now: Timestamp) -> Result<Option<Memory>> {
        let (scope, content) = (*scope, content.to_owned());
        self.0.ask(scope, move |db| Box::pin(same_content(db, scope, content.clone(), now))).await
    }

    async fn corrections(&self, scope: &Scope, messages: &[MessageId], now: Timestamp) -> Result<Vec<Correction>> {
        let (scope, messages) = (*scope, messages.to_vec());
        self.0.ask(scope, move |db| Box::pin(corrections(db, scope, messages.clone(), now))).await
    }
}
