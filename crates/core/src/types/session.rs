use crate::{Json, Timestamp, id::SessionId};

/// A named context that groups conversations and shapes the prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Identity.
    pub id: SessionId,
    /// What the person calls it.
    pub name: String,
    /// Whom the assistant plays here.
    pub role: Option<String>,
    /// What the person wants to reach here.
    pub goals: Option<String>,
    /// What it says instead of the usual system message (`policy::prompt::Template`).
    pub template: Option<String>,
    /// Whether it is in use.
    pub status: SessionStatus,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Made at.
    pub created_at: Timestamp,
    /// Changed at.
    pub updated_at: Timestamp,
}

/// Whether a session is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// In use.
    Active,
    /// Put away.
    Archived,
}

/// A session to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSession {
    /// Identity.
    pub id: SessionId,
    /// What the person calls it.
    pub name: String,
    /// Whom the assistant plays here.
    pub role: Option<String>,
    /// What the person wants to reach here.
    pub goals: Option<String>,
    /// What it says instead of the usual system message.
    pub template: Option<String>,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Now.
    pub created_at: Timestamp,
}

/// Changes to a session; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionPatch {
    /// New name.
    pub name: Option<String>,
    /// New role.
    pub role: Option<Option<String>>,
    /// New goals.
    pub goals: Option<Option<String>>,
    /// New template.
    pub template: Option<Option<String>>,
    /// New status.
    pub status: Option<SessionStatus>,
    /// New metadata.
    pub metadata: Option<Option<Json>>,
}
