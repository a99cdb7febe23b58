//! Erasing all that a person has, in units of a bounded size.

use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, UserId},
    ports::store::{ReadErasures, WriteErasures},
    types::ErasedRows,
};
use uuid::Uuid;

use super::{
    audit,
    conversations::STATUSES,
    outbox::{self, Change},
};
use crate::{
    counters,
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// Rows removed in one unit, about; a conversation goes as a whole.
const AT_ONCE: i64 = 2_000;

async fn request(db: &mut Db, scope: Scope, user: UserId, at: Timestamp) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query_file!("sql/erasures/request.sql", user.as_uuid(), at.to_utc()).execute(db.connection()).await?;
    Ok(())
}

async fn finish(db: &mut Db, scope: Scope, user: UserId) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query_file!("sql/erasures/finish.sql", user.as_uuid()).execute(db.connection()).await?;
    Ok(())
}

async fn pending(db: &mut Db, scope: Scope) -> Attempt<Vec<UserId>> {
    require_system(scope)?;
    let pending = sqlx::query_file_scalar!("sql/erasures/pending.sql").fetch_all(db.connection()).await?;
    Ok(pending.into_iter().map(Into::into).collect())
}

/// Rows that refer to others go before these: memories, conversations with their messages, sessions, the rest, the person.
async fn remove_some(db: &mut Db, scope: Scope, user: UserId) -> Attempt<Option<ErasedRows>> {
    require_system(scope)?;
    db.allow_for_rows(AT_ONCE as u64).await?;
    let memories = memories(db, user).await?;
    if memories > 0 {
        return Ok(Some(ErasedRows { memories, ..ErasedRows::default() }));
    }
    let removed = conversations(db, user).await?;
    if removed != ErasedRows::default() {
        return Ok(Some(removed));
    }
    let sessions = sqlx::query_file!("sql/erasures/sessions.sql", user.as_uuid(), AT_ONCE)
        .execute(db.connection())
        .await?
        .rows_affected();
    if sessions > 0 {
        return Ok(Some(ErasedRows { sessions, ..ErasedRows::default() }));
    }
    if audit::erase(db, user.as_uuid(), AT_ONCE).await? > 0 {
        return Ok(Some(ErasedRows::default()));
    }
    person(db, user.as_uuid()).await
}

async fn memories(db: &mut Db, user: UserId) -> Attempt<u64> {
    let gone = sqlx::query_file_scalar!("sql/erasures/memories.sql", user.as_uuid(), AT_ONCE)
        .fetch_all(db.connection())
        .await?;
    if !gone.is_empty() {
        // what it took goes with the person's counters
        counters::add_memories(db, user, -(gone.len() as i64), 0);
        let changes: Vec<Change> = gone.iter().map(|memory| Change::Memory(MemoryId::from(*memory))).collect();
        outbox::add(db, &changes).await?;
    }
    Ok(gone.len() as u64)
}

async fn conversations(db: &mut Db, user: UserId) -> Attempt<ErasedRows> {
    let next = sqlx::query_file_scalar!("sql/erasures/conversations.sql", user.as_uuid(), AT_ONCE)
        .fetch_all(db.connection())
        .await?;
    if next.is_empty() {
        return Ok(ErasedRows::default());
    }
    // from here on nobody adds to them
    let held = sqlx::query_file!("sql/erasures/lock_conversations.sql", &next).fetch_all(db.connection()).await?;
    db.allow_for_rows(held.iter().map(|row| row::count(row.message_count)).sum()).await?;
    let ids: Vec<Uuid> = held.into_iter().map(|row| row.id).collect();
    let generations =
        sqlx::query_file!("sql/erasures/generations.sql", &ids).execute(db.connection()).await?.rows_affected();
    let messages = sqlx::query_file!("sql/erasures/messages.sql", &ids).execute(db.connection()).await?.rows_affected();
    let statuses =
        sqlx::query_file_scalar!("sql/erasures/delete_conversations.sql", &ids).fetch_all(db.connection()).await?;
    counters::add_messages(db, user, -(messages as i64), 0, 0);
    for status in &statuses {
        let status = row::word(status, |word| row::parse(&STATUSES, word))?;
        counters::add_conversations(db, user, status, -1);
    }
    let changes: Vec<Change> = ids.iter().map(|id| Change::ConversationGone(ConversationId::from(*id))).collect();
    outbox::add(db, &changes).await?;
    Ok(ErasedRows { conversations: statuses.len() as u64, messages, generations, ..ErasedRows::default() })
}

/// What is left, and the person's own row; none when it is gone already.
async fn person(db: &mut Db, user: &Uuid) -> Attempt<Option<ErasedRows>> {
    sqlx::query_file!("sql/erasures/collections.sql", user).execute(db.connection()).await?;
    let idempotency_keys =
        sqlx::query_file!("sql/erasures/idempotency_keys.sql", user).execute(db.connection()).await?.rows_affected();
    let foreign_ids =
        sqlx::query_file!("sql/erasures/foreign_ids.sql", user).execute(db.connection()).await?.rows_affected();
    let activity = sqlx::query_file!("sql/erasures/activity.sql", user).execute(db.connection()).await?.rows_affected();
    let removed = ErasedRows { idempotency_keys, foreign_ids, activity, ..ErasedRows::default() };
    // one without a maker would be taken for one of the owner's of the data directory
    sqlx::query_file!("sql/erasures/invites.sql", user).execute(db.connection()).await?;
    // the counters go with the person
    let people = sqlx::query_file!("sql/erasures/user.sql", user).execute(db.connection()).await?.rows_affected();
    let is_over = people == 0 && removed == ErasedRows::default();
    Ok((!is_over).then_some(removed))
}

#[async_trait]
impl<R: Run> ReadErasures for On<R> {
    async fn pending(&self, scope: &Scope) -> Result<Vec<UserId>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(pending(db, scope))).await
    }
}

#[async_trait]
impl WriteErasures for On<UnitConnection> {
    async fn request(&self, scope: &Scope, user: UserId, at: Timestamp) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(request(db, scope, user, at))).await
    }

    async fn remove_some(&self, scope: &Scope, user: UserId) -> Result<Option<ErasedRows>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(remove_some(db, scope, user))).await
    }

    async fn finish(&self, scope: &Scope, user: UserId) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(finish(db, scope, user))).await
    }
}
