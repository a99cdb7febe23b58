//! Figures for charts, counted with the messages.

use jarvis_core::{
    id::{ConversationId, UserId},
    types::{Activity, ActivityQuery, DayMessages, NewMessage, Role},
};
use rusqlite::params;
use std::collections::HashMap;

use crate::{
    counters::{ActivityGrowth, ActivityKey},
    db::{Db, column, id},
    error::Attempt,
    row,
};

const GROW: &str = include_str!("../../sql/activity/grow.sql");
const OF_CONVERSATION: &str = include_str!("../../sql/activity/of_conversation.sql");
const MESSAGES: &str = include_str!("../../sql/activity/messages.sql");
const CONVERSATIONS: &str = include_str!("../../sql/activity/conversations.sql");
const MEMORIES: &str = include_str!("../../sql/activity/memories.sql");
const CATEGORIES: &str = include_str!("../../sql/activity/categories.sql");

/// Microseconds of a quarter of an hour; the statements name these figures too.
const QUARTER: i64 = 900_000_000;
const QUARTERS_A_DAY: i64 = 96;

/// Counts a message that came.
pub(super) fn add(db: &Db, user: UserId, new: &NewMessage) {
    let quarter = new.created_at.as_micros().div_euclid(QUARTER);
    let key = ActivityKey { user, quarter, role: new.role, model: new.model.clone() };
    db.counters.grow_activity(key, ActivityGrowth { messages: 1, tokens: i64::from(new.tokens.unwrap_or(0)) });
}

/// Counts the messages of a conversation that goes; their tokens were used all the same.
pub(super) fn take_back(db: &Db, user: UserId, conversation: ConversationId) -> Attempt<()> {
    let keys = db.all(OF_CONVERSATION, [id(conversation.as_uuid())], |row| {
        let quarter = row.get::<_, i64>(0)?.div_euclid(QUARTER);
        Ok(ActivityKey { user, quarter, role: row::word(row, 1, Role::parse)?, model: row.get(2)? })
    })?;
    for key in keys {
        db.counters.grow_activity(key, ActivityGrowth { messages: -1, tokens: 0 });
    }
    Ok(())
}

/// Writes what a group counted, before its COMMIT.
pub(super) fn write(db: &Db, activity: HashMap<ActivityKey, ActivityGrowth>) -> Attempt<()> {
    for (key, by) in activity {
        let ActivityKey { user, quarter, role, model } = key;
        let model = model.unwrap_or_default();
        db.execute(GROW, params![id(user.as_uuid()), quarter, role.as_str(), model, by.messages, by.tokens])?;
    }
    Ok(())
}

pub(super) fn read(db: &Db, user: UserId, query: &ActivityQuery) -> Attempt<Activity> {
    let ActivityQuery { first_day, last_day, quarters_ahead, categories, now } = *query;
    let user = id(user.as_uuid());
    let from = first_day.saturating_mul(QUARTERS_A_DAY).saturating_sub(quarters_ahead);
    let until = last_day.saturating_add(1).saturating_mul(QUARTERS_A_DAY).saturating_sub(quarters_ahead);
    let messages = db.all(MESSAGES, params![user, from, until, quarters_ahead], |row| {
        let model: String = row.get(2)?;
        Ok(DayMessages {
            day: row.get(0)?,
            role: row::word(row, 1, Role::parse)?,
            model: Some(model).filter(|model| !model.is_empty()),
            messages: row::count(row, 3)?,
            tokens: row::count(row, 4)?,
        })
    })?;
    let micros = |quarters: i64| quarters.saturating_mul(QUARTER);
    let range = params![user, micros(from), micros(until), micros(quarters_ahead)];
    let mut memories = db.all(MEMORIES, range, |row| {
        Ok((row.get(0)?, db.open_label(row, 1, column::MEMORY_CATEGORY)?, row::count(row, 2)?))
    })?;
    // a sealed category has another order than what it says
    memories.sort_unstable();
    let mut categories = db.all(CATEGORIES, params![user, now.as_micros(), categories], |row| {
        Ok((db.open_label(row, 0, column::MEMORY_CATEGORY)?, row::count(row, 1)?))
    })?;
    categories.sort_unstable_by(|(one, count), (other, others)| others.cmp(count).then_with(|| one.cmp(other)));
    Ok(Activity {
        messages,
        conversations: db.all(CONVERSATIONS, range, |row| Ok((row.get(0)?, row::count(row, 1)?)))?,
        memories,
        categories,
    })
}
