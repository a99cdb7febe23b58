//! Figures for charts, counted with the messages.

use jarvis_core::{
    Timestamp,
    id::{ConversationId, UserId},
    types::{Activity, ActivityQuery, DayMessages, Role},
};

use crate::{
    counters::{self, ActivityGrowth},
    db::{Db, column},
    error::Attempt,
    row,
};

/// Microseconds of a quarter of an hour; the statements name these figures too.
const QUARTER: i64 = 900_000_000;
const QUARTERS_A_DAY: i64 = 96;

/// Counts the messages of a conversation that goes; their tokens were used all the same.
pub(super) async fn take_back(db: &mut Db, conversation: ConversationId) -> Attempt<()> {
    let figures = sqlx::query_file!("sql/activity/of_conversation.sql", conversation.as_uuid())
        .fetch_all(db.connection())
        .await?;
    for figure in figures {
        let role = row::word(&figure.role, Role::parse)?;
        let key = counters::activity_key(figure.user_id.into(), figure.quarter, role, figure.model.as_deref());
        db.counters.grow_activity(key, ActivityGrowth { messages: -figure.messages, tokens: 0 });
    }
    Ok(())
}

pub(super) async fn read(db: &mut Db, user: UserId, query: ActivityQuery) -> Attempt<Activity> {
    db.snapshot().await?;
    let ActivityQuery { first_day, last_day, quarters_ahead, categories, now } = query;
    let user = user.as_uuid();
    let from = first_day.saturating_mul(QUARTERS_A_DAY).saturating_sub(quarters_ahead);
    let until = last_day.saturating_add(1).saturating_mul(QUARTERS_A_DAY).saturating_sub(quarters_ahead);
    let messages = sqlx::query_file!("sql/activity/messages.sql", user, from, until, quarters_ahead)
        .fetch_all(db.connection())
        .await?;
    let time = |quarters: i64| Timestamp::from_micros(quarters.saturating_mul(QUARTER)).to_utc();
    let (begin, end, ahead) = (time(from), time(until), quarters_ahead.saturating_mul(QUARTER));
    let conversations =
        sqlx::query_file!("sql/activity/conversations.sql", user, begin, end, ahead).fetch_all(db.connection()).await?;
    let memories =
        sqlx::query_file!("sql/activity/memories.sql", user, begin, end, ahead).fetch_all(db.connection()).await?;
    let categories = sqlx::query_file!("sql/activity/categories.sql", user, now.to_utc(), i64::from(categories))
        .fetch_all(db.connection())
        .await?;
    let messages = messages.into_iter().map(|row| {
        Ok(DayMessages {
            day: row.day,
            role: row::word(&row.role, Role::parse)?,
            model: Some(row.model).filter(|model| !model.is_empty()),
            messages: row::count(row.messages),
            tokens: row::count(row.tokens),
        })
    });
    let memories = memories
        .into_iter()
        .map(|row| Ok((row.day, db.open_label(row.category, column::MEMORY_CATEGORY)?, row::count(row.memories))));
    let mut memories = memories.collect::<Attempt<Vec<_>>>()?;
    // a sealed category has another order than what it says
    memories.sort_unstable();
    let categories = categories
        .into_iter()
        .map(|row| Ok((db.open_label(row.category, column::MEMORY_CATEGORY)?, row::count(row.memories))));
    let mut categories = categories.collect::<Attempt<Vec<_>>>()?;
    categories.sort_unstable_by(|(one, count), (other, others)| others.cmp(count).then_with(|| one.cmp(other)));
    Ok(Activity {
        messages: messages.collect::<Attempt<_>>()?,
        conversations: conversations.into_iter().map(|row| (row.day, row::count(row.conversations))).collect(),
        memories,
        categories,
    })
}
