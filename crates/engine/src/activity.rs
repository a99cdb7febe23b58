//! What a person did, day by day.

use std::cmp::Reverse;

use jarvis_core::{
    Error, Result, Scope,
    types::{Activity, ActivityQuery, DayMessages, Role},
};

use crate::Stats;

/// Days told of at most.
pub const MAX_ACTIVITY_DAYS: u32 = 366;
/// Categories named at most.
const CATEGORIES: u32 = 20;
const MINUTES_A_DAY: i64 = 24 * 60;
/// Places are at most this far from UTC.
const FARTHEST: i64 = 14 * 60;

/// What a person did on some days up to today.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityReport {
    /// Every one of them, ascending, days on which nothing was done included.
    pub days: Vec<ActivityDay>,
    /// Messages and tokens of all these days by who spoke.
    pub roles: Vec<(Role, u64, u64)>,
    /// The same by model.
    pub models: Vec<(String, u64, u64)>,
    /// Memories made on these days by category, the largest first.
    pub new_categories: Vec<(String, u64)>,
    /// The categories of all current memories, the largest first.
    pub categories: Vec<(String, u64)>,
}

/// One day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityDay {
    /// Counted from 1970-01-01.
    pub day: i64,
    /// Messages said that still exist.
    pub messages: u64,
    /// Of these, what the person said.
    pub by_user: u64,
    /// Of these, what the assistant answered.
    pub by_assistant: u64,
    /// Tokens of every message ever stored.
    pub tokens: u64,
    /// Conversations begun that still exist.
    pub conversations: u64,
    /// Memories made that still exist.
    pub memories: u64,
}

impl Stats {
    /// The last `days` days up to today, which begin `utc_offset_minutes` ahead of those of UTC.
    #[tracing::instrument(name = "stats.activity", target = "jarvis", skip_all)]
    pub async fn activity(&self, scope: &Scope, days: u32, utc_offset_minutes: i64) -> Result<ActivityReport> {
        if days == 0 || days > MAX_ACTIVITY_DAYS {
            return Err(Error::invalid("days", format!("days must be from 1 to {MAX_ACTIVITY_DAYS}")));
        }
        if utc_offset_minutes % 15 != 0 || !(-FARTHEST..=FARTHEST).contains(&utc_offset_minutes) {
            let message = format!("utc_offset_minutes must be a multiple of 15 from -{FARTHEST} to {FARTHEST}");
            return Err(Error::invalid("utc_offset_minutes", message));
        }
        let now = self.context.now();
        let minutes = now.as_micros().div_euclid(60_000_000).saturating_add(utc_offset_minutes);
        let last_day = minutes.div_euclid(MINUTES_A_DAY);
        let query = ActivityQuery {
            first_day: last_day - i64::from(days) + 1,
            last_day,
            quarters_ahead: utc_offset_minutes / 15,
            categories: CATEGORIES,
            now,
        };
        let activity = self.context.ports.store.stats().activity(scope, &query).await?;
        Ok(report(&query, activity))
    }
}

fn report(query: &ActivityQuery, activity: Activity) -> ActivityReport {
    let Activity { messages, conversations, memories, categories } = activity;
    let empty = |day| ActivityDay { day, ..ActivityDay::default() };
    let mut days: Vec<ActivityDay> = (query.first_day..=query.last_day).map(empty).collect();
    let mut on = |day: i64, count: &dyn Fn(&mut ActivityDay)| {
        let index = usize::try_from(day - query.first_day).ok();
        index.and_then(|index| days.get_mut(index)).into_iter().for_each(count);
    };
    let (mut roles, mut models, mut new_categories) = (Vec::new(), Vec::new(), Vec::new());
    for DayMessages { day, role, model, messages, tokens } in messages {
        on(day, &|day| {
            day.messages += messages;
            day.tokens += tokens;
            match role {
                Role::User => day.by_user += messages,
                Role::Assistant => day.by_assistant += messages,
                Role::System | Role::Tool => {}
            }
        });
        add(&mut roles, role, messages, tokens);
        if let Some(model) = model {
            add(&mut models, model, messages, tokens);
        }
    }
    for (day, count) in conversations {
        on(day, &|day| day.conversations += count);
    }
    for (day, category, count) in memories {
        on(day, &|day| day.memories += count);
        add(&mut new_categories, category, count, 0);
    }
    models.sort_by_key(|(_, count, _): &(String, u64, u64)| Reverse(*count));
    new_categories.sort_by_key(|(_, count, _): &(String, u64, u64)| Reverse(*count));
    new_categories.truncate(CATEGORIES as usize);
    let new_categories = new_categories.into_iter().map(|(category, count, _)| (category, count)).collect();
    ActivityReport { days, roles, models, new_categories, categories }
}

/// There are few of each.
fn add<T: PartialEq>(totals: &mut Vec<(T, u64, u64)>, of: T, messages: u64, tokens: u64) {
    match totals.iter_mut().find(|(known, ..)| *known == of) {
        Some(total) => {
            total.1 += messages;
            total.2 += tokens;
        }
        None => totals.push((of, messages, tokens)),
    }
}
