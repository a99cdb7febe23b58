//! Finding memories.

use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    id::{MemoryId, MessageId},
    ports::store::ReadMemories,
    types::{Correction, Cursor, Memory, MemoryKind, MemoryQuery, Page},
};
use rusqlite::{Row, params};

use super::{
    super::{check_ids, one_more, page},
    content_key, decode, get,
};
use crate::{
    db::{Db, column, id, owner},
    error::Attempt,
    row,
    run::{On, Run},
};

const GET_CURRENT: &str = include_str!("../../../sql/memories/get_current.sql");
const SAME_CONTENT: &str = include_str!("../../../sql/memories/same_content.sql");
const LIST: &str = include_str!("../../../sql/memories/list.sql");
const LIST_ALL: &str = include_str!("../../../sql/memories/list_all.sql");
const COUNT: &str = include_str!("../../../sql/memories/count.sql");
const COUNT_ALL: &str = include_str!("../../../sql/memories/count_all.sql");
const CORRECTIONS: &str = include_str!("../../../sql/memories/corrections.sql");

fn list(db: &Db, scope: &Scope, query: &MemoryQuery) -> Attempt<Page<Memory>> {
    let (at, before) = row::start(query.after);
    let rows = one_more(query.limit);
    let now = query.now.as_micros();
    let kind = query.kind.map(MemoryKind::as_str);
    let category = query.category.as_deref();
    let category = category.map(|category| db.seal_label(category, column::MEMORY_CATEGORY)).transpose()?;
    let MemoryQuery { superseded, expired, pinned, .. } = *query;
    let user = id(scope.user().as_uuid());
    let decode = |row: &Row<'_>| decode(db, row);
    let (items, total) = if scope.is_system() {
        let listed = params![at, before, superseded, expired, now, kind, category, pinned, rows];
        let counted = params![superseded, expired, now, kind, category, pinned];
        (db.all(LIST_ALL, listed, decode)?, db.number(COUNT_ALL, counted)?)
    } else {
        let listed = params![user, at, before, superseded, expired, now, kind, category, pinned, rows];
        let counted = params![user, superseded, expired, now, kind, category, pinned];
        (db.all(LIST, listed, decode)?, db.number(COUNT, counted)?)
    };
    Ok(page(items, query.limit, total, |last| Cursor { at: last.created_at, id: *last.id.as_uuid() }))
}

/// One lookup by key each: within the process that costs less than a temporary table of the ids would.
fn hydrate(db: &Db, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Attempt<Vec<Memory>> {
    check_ids(ids.len())?;
    let owner = owner(scope);
    let mut found = Vec::with_capacity(ids.len());
    for memory in ids {
        let params = params![id(memory.as_uuid()), owner, now.as_micros()];
        found.extend(db.first(GET_CURRENT, params, |row| decode(db, row))?);
    }
    Ok(found)
}

fn same_content(db: &Db, scope: &Scope, content: &str, now: Timestamp) -> Attempt<Option<Memory>> {
    let params = params![id(scope.user().as_uuid()), content_key(db, content)?, now.as_micros()];
    db.first(SAME_CONTENT, params, |row| decode(db, row))
}

/// What each message told that was corrected later. Hot: asked at every recall, and mostly about messages that told
/// nothing of the kind.
fn corrections(db: &Db, scope: &Scope, messages: &[MessageId], now: Timestamp) -> Attempt<Vec<Correction>> {
    check_ids(messages.len())?;
    let owner = owner(scope);
    let mut found = Vec::new();
    for message_id in messages.iter().copied() {
        let pairs: Vec<(MemoryId, MemoryId)> =
            db.all(CORRECTIONS, params![id(message_id.as_uuid()), owner], |row| {
                Ok((row::uuid(row, 0)?.into(), row::uuid(row, 1)?.into()))
            })?;
        for (was, now_id) in pairs {
            let (was, current) = (get(db, scope, was)?, hydrate(db, scope, &[now_id], now)?.pop());
            let corrected = was.zip(current);
            found.extend(corrected.map(|(was, now)| Correction { message_id, was, now }));
        }
    }
    Ok(found)
}

#[async_trait]
impl<R: Run> ReadMemories for On<R> {
    async fn get(&self, scope: &Scope, memory: MemoryId) -> Result<Option<Memory>> {
        let scope = *scope;
        self.0.ask(move |db| get(db, &scope, memory)).await
    }

    async fn list(&self, scope: &Scope, query: &MemoryQuery) -> Result<Page<Memory>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(move |db| db.snapshot(|db| list(db, &scope, &query))).await
    }

    async fn hydrate(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<Vec<Memory>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.0.ask(move |db| db.snapshot(|db| hydrate(db, &scope, &ids, now))).await
    }

    async fn same_content(&self, scope: &Scope, content: &str, now: Timestamp) -> Result<Option<Memory>> {
        let (scope, content) = (*scope, content.to_owned());
        self.0.ask(move |db| same_content(db, &scope, &content, now)).await
    }

    async fn corrections(&self, scope: &Scope, messages: &[MessageId], now: Timestamp) -> Result<Vec<Correction>> {
        let (scope, messages) = (*scope, messages.to_vec());
        self.0.ask(move |db| db.snapshot(|db| corrections(db, &scope, &messages, now))).await
    }
}
