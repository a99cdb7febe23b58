use async_trait::async_trait;
use jarvis_core::{
    Result, Scope,
    id::UserId,
    ports::store::{ReadStats, WriteStats},
    types::{Activity, ActivityQuery, ConversationStatus, StoreTotals, UserGrowth, UserStats},
};

use super::{activity, conversations};
use crate::{
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// The length of a user's list of conversations in a status.
pub(super) async fn conversations_in_status(db: &mut Db, user: UserId, status: ConversationStatus) -> Attempt<u64> {
    let word = row::name(&conversations::STATUSES, status);
    let stored = sqlx::query_file_scalar!("sql/stats/conversations_in_status.sql", user.as_uuid(), word)
        .fetch_optional(db.connection())
        .await?;
    let pending = db.counters.pending_of(user);
    Ok(row::count(stored).saturating_add_signed(pending.conversations_in(status)))
}

async fn user(db: &mut Db, user_id: UserId) -> Attempt<UserStats> {
    let stored = sqlx::query_file!("sql/stats/user.sql", user_id.as_uuid()).fetch_optional(db.connection()).await?;
    let stats = stored.map_or_else(
        || UserStats::none(user_id),
        |row| UserStats {
            user_id,
            conversations: row::count(row.conversations),
            messages: row::count(row.messages),
            memories: row::count(row.memories),
            tokens: row::count(row.tokens),
            bytes: row::count(row.bytes),
            updated_at: row::time_opt(row.updated_at),
        },
    );
    Ok(stats.grown(db.counters.pending_of(user_id)))
}

async fn hold(db: &mut Db, user_id: UserId) -> Attempt<(UserStats, UserGrowth)> {
    // what others have committed is seen by the next statement only
    sqlx::query_file_scalar!("sql/stats/lock.sql", user_id.as_uuid()).fetch_optional(db.connection()).await?;
    Ok((user(db, user_id).await?, db.counters.pending_of(user_id)))
}

/// Sums over one row for each person.
async fn totals(db: &mut Db, scope: Scope) -> Attempt<StoreTotals> {
    require_system(scope)?;
    let sums = sqlx::query_file!("sql/stats/totals.sql").fetch_one(db.connection()).await?;
    let pending = db.counters.pending();
    Ok(StoreTotals {
        users: row::count(sums.users),
        conversations: row::count(sums.conversations).saturating_add_signed(pending.conversations()),
        messages: row::count(sums.messages).saturating_add_signed(pending.messages),
        memories: row::count(sums.memories).saturating_add_signed(pending.memories),
        bytes: row::count(sums.bytes),
    })
}

#[async_trait]
impl<R: Run> ReadStats for On<R> {
    async fn user(&self, scope: &Scope) -> Result<UserStats> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(user(db, scope.user()))).await
    }

    async fn activity(&self, scope: &Scope, query: &ActivityQuery) -> Result<Activity> {
        let (scope, query) = (*scope, *query);
        self.0.ask(scope, move |db| Box::pin(activity::read(db, scope.user(), query))).await
    }

    async fn totals(&self, scope: &Scope) -> Result<StoreTotals> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(totals(db, scope))).await
    }
}

#[async_trait]
impl WriteStats for On<UnitConnection> {
    async fn hold(&self, scope: &Scope) -> Result<(UserStats, UserGrowth)> {
        let user_id = scope.user();
        self.0.write(scope, move |db| Box::pin(hold(db, user_id))).await
    }
}
