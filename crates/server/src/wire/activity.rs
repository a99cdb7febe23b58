use jarvis_core::Timestamp;
use jarvis_engine as engine;
use serde::Serialize;
use utoipa::ToSchema;

use super::Role;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// What a person did, day by day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Activity {
    /// Every day asked for, ascending; the last is today.
    days: Vec<ActivityDay>,
    /// Messages of these days by who spoke.
    roles: Vec<RoleCount>,
    /// Messages of these days by model, the most first.
    models: Vec<ModelCount>,
    /// Memories made on these days by category, the most first.
    new_memories: Vec<CategoryCount>,
    /// All current memories by category, the most first; at most 20.
    categories: Vec<CategoryCount>,
}

/// One day. What was deleted since is not counted, but for its tokens.
#[derive(Serialize, ToSchema)]
struct ActivityDay {
    #[schema(format = Date)]
    date: String,
    messages: u64,
    /// Of these, what the person said.
    by_user: u64,
    /// Of these, what the assistant answered.
    by_assistant: u64,
    /// Tokens of every message ever stored.
    tokens: u64,
    /// Conversations begun.
    conversations: u64,
    /// Memories made.
    memories: u64,
}

#[derive(Serialize, ToSchema)]
struct RoleCount {
    role: Role,
    messages: u64,
    tokens: u64,
}

#[derive(Serialize, ToSchema)]
struct ModelCount {
    model: String,
    messages: u64,
    tokens: u64,
}

#[derive(Serialize, ToSchema)]
struct CategoryCount {
    category: String,
    memories: u64,
}

impl From<engine::ActivityReport> for Activity {
    fn from(report: engine::ActivityReport) -> Self {
        let engine::ActivityReport { days, roles, models, new_categories, categories } = report;
        let counted = |rows: Vec<(String, u64)>| {
            rows.into_iter().map(|(category, memories)| CategoryCount { category, memories }).collect()
        };
        Self {
            days: days.into_iter().map(Into::into).collect(),
            roles: roles
                .into_iter()
                .map(|(role, messages, tokens)| RoleCount { role: role.into(), messages, tokens })
                .collect(),
            models: models
                .into_iter()
                .map(|(model, messages, tokens)| ModelCount { model, messages, tokens })
                .collect(),
            new_memories: counted(new_categories),
            categories: counted(categories),
        }
    }
}

impl From<engine::ActivityDay> for ActivityDay {
    fn from(row: engine::ActivityDay) -> Self {
        let engine::ActivityDay { day, messages, by_user, by_assistant, tokens, conversations, memories } = row;
        let midnight = Timestamp::from_micros(day.saturating_mul(MICROS_A_DAY));
        let date = midnight.to_utc().format("%Y-%m-%d").to_string();
        Self { date, messages, by_user, by_assistant, tokens, conversations, memories }
    }
}
