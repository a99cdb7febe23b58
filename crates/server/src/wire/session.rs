use jarvis_core::{Json, Timestamp, types};
use jarvis_engine::AddSession;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::SessionStatus;
use crate::extract::{Change, Submission, present};

/// A named context that groups conversations and shapes the prompt.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session<'a> {
    id: Uuid,
    name: &'a str,
    /// Whom the assistant plays here.
    role: Option<&'a str>,
    /// What the person wants to reach here.
    goals: Option<&'a str>,
    /// What it says instead of the usual system message.
    template: Option<&'a str>,
    status: SessionStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a Json>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> From<&'a types::Session> for Session<'a> {
    fn from(row: &'a types::Session) -> Self {
        Self {
            id: *row.id.as_uuid(),
            name: &row.name,
            role: row.role.as_deref(),
            goals: row.goals.as_deref(),
            template: row.template.as_deref(),
            status: row.status.into(),
            metadata: row.metadata.as_ref(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Sessions, newest first.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(crate) struct Sessions<'a> {
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<Session>)]
    sessions: &'a [types::Session],
    /// Ask with it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Sessions in the whole list.
    total: u64,
}

impl<'a> From<&'a types::Page<types::Session>> for Sessions<'a> {
    fn from(page: &'a types::Page<types::Session>) -> Self {
        Self { sessions: &page.items, next_cursor: page.next.map(|cursor| cursor.to_string()), total: page.total }
    }
}

fn rows<S: serde::Serializer>(rows: &[types::Session], serializer: S) -> Result<S::Ok, S::Error> {
    super::rows::<_, Session<'_>, _>(rows, serializer)
}

/// A session to be made.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"name": "French lessons", "role": "a patient teacher", "goals": "order food in Lyon"}))]
pub(crate) struct SessionBody {
    /// 1 to 200 characters.
    #[serde(default)]
    #[schema(required = true)]
    name: String,
    /// Whom the assistant plays here.
    #[serde(default)]
    role: Option<String>,
    /// What the person wants to reach here.
    #[serde(default)]
    goals: Option<String>,
    /// The system message of its answers, with `{{role}}`, `{{goals}}`, `{{name}}`, `{{date}}`, `{{user}}`,
    /// `{{memories}}`, `{{summary}}` and `{{context}}` in it; at most 20 000 characters.
    #[serde(default)]
    template: Option<String>,
    /// A JSON object of at most 64 KiB.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Json>,
    /// The local user on whose behalf this is sent.
    #[serde(default)]
    user_id: Option<String>,
}

impl Submission for SessionBody {
    fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }
}

impl From<SessionBody> for AddSession {
    fn from(body: SessionBody) -> Self {
        let SessionBody { name, role, goals, template, metadata, user_id: _ } = body;
        Self { name, role, goals, template, metadata }
    }
}

/// Changes to a session; what is absent stays, null empties.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"goals": null, "status": "archived"}))]
pub(crate) struct SessionPatch {
    /// 1 to 200 characters.
    #[serde(default)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    role: Change<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    goals: Change<String>,
    /// Null brings the usual system message back.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    template: Change<String>,
    #[serde(default)]
    status: Option<SessionStatus>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Json>,
}

impl From<SessionPatch> for types::SessionPatch {
    fn from(patch: SessionPatch) -> Self {
        let SessionPatch { name, role, goals, template, status, metadata } = patch;
        Self { name, role, goals, template, status: status.map(Into::into), metadata }
    }
}
