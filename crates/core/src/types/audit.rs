use crate::{Json, Timestamp};
use uuid::Uuid;

/// Something that was done and should be known later, to be stored with the act itself.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What was done: `conversation.erase`.
    pub act: &'static str,
    /// To what: an id, or a name.
    pub object: String,
    /// More, without secrets and without content.
    pub detail: Option<Json>,
}

/// A stored audit entry.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    /// Identity.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who: a user's id, or `system`.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub object: String,
    /// More.
    pub detail: Option<Json>,
}
